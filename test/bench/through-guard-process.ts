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
import { backendAnswer } from './tracker-backend.ts';
import type { TrackerQuestion } from './tracker-question.ts';

/** The sidecar's own guard process and instance, without gRPC around them: the round trip that containment costs. */
export class ThroughGuardProcess implements LabelingPath {
  readonly name = 'guard process';
  readonly #process: GuardProcess;
  readonly #seat: Seat;
  readonly #policy: Uint8Array;
  /** An instance answers one question at a time: as many as were asked at once. */
  readonly #resting: GuardInstance[] = [];
  readonly #labeling = { signal: neverAborted(), callBackend: async () => backendAnswer };

  private constructor(process: GuardProcess, policy: Uint8Array) {
    this.#process = process;
    this.#seat = new Seat(process, { name: 'guest', limits: defaultGuardLimits });
    this.#policy = policy;
  }

  static async start(bytes: Uint8Array, policy: Uint8Array): Promise<ThroughGuardProcess> {
    const log = (level: LogLevel, line: string) => {
      if (level === 'error' || level === 'warn') process.stderr.write(`guard: ${line}\n`);
    };
    const program = { ...programOf(bytes), log: { write: log, line: log, wrote: () => undefined } };
    return new ThroughGuardProcess(await GuardProcess.start(program, neverAborted()), policy);
  }

  /** The process id. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** The guest's output. */
  async ask({ input }: TrackerQuestion): Promise<Uint8Array> {
    const instance = this.#resting.pop() ?? (await this.#prime());
    const output = await this.#call(instance, input);
    this.#resting.push(instance);
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill(new GuardError('SHUTTING_DOWN', 'the bench is over'));
    await this.#process.exited;
  }

  async #prime(): Promise<GuardInstance> {
    const instance = new GuardInstance(this.#seat);
    await this.#call(instance, { export: 'label_agent', input: this.#policy });
    return instance;
  }

  async #call(instance: GuardInstance, question: Question): Promise<Uint8Array> {
    using visit = new SeatVisit(this.#seat, this);
    const budget = new Budget(defaultGuardLimits, counters);
    return await instance.call(question, { labeling: this.#labeling, budget, visit });
  }
}

const counters = new GuardCounters();

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
