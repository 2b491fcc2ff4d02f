import { GuardCounters } from '../../sidecar/guard/guard-counters.ts';
import { Budget, GuardInstance, type Question } from '../../sidecar/guard/guard-instance.ts';
import { GuardError } from '../../sidecar/guard-error.ts';
import { defaultGuardLimits } from '../../sidecar/guard-limits.ts';
import type { LogLevel } from '../../sidecar/guest/protocol.ts';
import { GuardProcess } from '../../sidecar/process/guard-process.ts';
import { Seat } from '../../sidecar/process/seat.ts';
import { SeatVisit } from '../../sidecar/process/seat-visit.ts';
import { programOf } from '../harness/guard-program.ts';
import type { LabelingPath } from './labeling-path.ts';
import type { TrackerQuestion } from './tracker-question.ts';

/** The sidecar's own guard process and instance, without gRPC around them: the round trip that containment costs. */
export class ThroughGuardProcess implements LabelingPath {
  readonly name = 'guard process';
  readonly #process: GuardProcess;
  readonly #seat: Seat;
  readonly #instance: GuardInstance;
  readonly #labeling = {
    signal: neverAborted(),
    callBackend: () => Promise.reject(new Error('no question of this bench calls the backend')),
  };

  private constructor(process: GuardProcess) {
    this.#process = process;
    this.#seat = new Seat(process, { name: 'guest', limits: defaultGuardLimits });
    this.#instance = new GuardInstance(this.#seat);
  }

  static async start(bytes: Uint8Array, policy: Uint8Array): Promise<ThroughGuardProcess> {
    const log = (level: LogLevel, line: string) => {
      if (level === 'error' || level === 'warn') process.stderr.write(`guard: ${line}\n`);
    };
    const program = { ...programOf(bytes), log: { write: log, line: log, wrote: () => undefined } };
    const path = new ThroughGuardProcess(await GuardProcess.start(program, neverAborted()));
    await path.#call({ export: 'label_agent', input: policy });
    return path;
  }

  /** The guest's output. */
  ask({ input }: TrackerQuestion): Promise<Uint8Array> {
    return this.#call(input);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill(new GuardError('SHUTTING_DOWN', 'the bench is over'));
    await this.#process.exited;
  }

  async #call(question: Question): Promise<Uint8Array> {
    using visit = new SeatVisit(this.#seat, this);
    const budget = new Budget(defaultGuardLimits, counters);
    return await this.#instance.call(question, { labeling: this.#labeling, budget, visit });
  }
}

const counters = new GuardCounters();

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
