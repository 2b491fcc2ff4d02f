import { setTimeout as delay } from 'node:timers/promises';
import { GuardError } from '../guard-error.ts';
import type { GuardLimits } from '../guard-limits.ts';
import type { BackendAnswer } from '../guest/backend-calls.ts';
import type { BackendFailure, LabelExport, Payload, Reply, Request } from '../guest/protocol.ts';
import { orAborted } from '../or-aborted.ts';
import type { TurnResult } from '../process/running-turn.ts';
import type { Seat } from '../process/seat.ts';
import type { SeatVisit } from '../process/seat-visit.ts';
import type { GuardCounters } from './guard-counters.ts';
import type { Labeling } from './labeling.ts';

/** What one labeling has used up; the instance that is primed for it spends from the same purse. */
export class Budget {
  cpuMs: number;
  backendCalls: number;
  readonly #counters: GuardCounters;
  /** The first run of the labeling, or the second. */
  readonly run: number;
  /** Whether a guest ran for it. */
  isTouched = false;
  /** Whether it is the guest's turn now: what ends it then is the guest's doing. */
  isGuestRunning = false;

  constructor(limits: GuardLimits, counters: GuardCounters, run = 1) {
    this.cpuMs = limits.cpuMs;
    this.backendCalls = limits.backendCalls;
    this.#counters = counters;
    this.run = run;
  }

  /** Whether one more backend call may be made; it counts as made. */
  takeBackendCall(): boolean {
    if (this.backendCalls <= 0) return false;
    this.backendCalls--;
    this.#counters.backendCalls++;
    return true;
  }
}

/** One run of a labeling, and what it may use. */
export interface LabelingRun {
  readonly labeling: Labeling;
  readonly budget: Budget;
  readonly visit: SeatVisit;
}

/** One instance of a guard in one process. It does one thing at a time; after a failure it is gone. */
export class GuardInstance {
  readonly #seat: Seat;
  readonly #number: number;
  #hasFailed = false;
  /** It has little memory left, and is better replaced before the next question. */
  #isWorn = false;

  constructor(seat: Seat) {
    this.#seat = seat;
    this.#number = seat.newInstance();
  }

  /** Whether it may be asked another question: it has not failed, is not worn out, and its process goes on. */
  get isUsable(): boolean {
    return !this.#hasFailed && !this.#isWorn && this.#seat.isOpen;
  }

  /** A labeling takes it out of its rest. */
  hold(): void {
    this.#seat.hold();
  }

  /** It rests, or is dropped. */
  letGo(): void {
    this.#seat.letGo();
  }

  /** Whether it is in the process of this seat. */
  isAt(seat: Seat): boolean {
    return this.#seat === seat;
  }

  /** Asks an export and carries its backend calls. The guest's output, or a GuardError. */
  async call(question: Question, run: LabelingRun): Promise<Uint8Array> {
    const { signal } = run.labeling;
    const request: Request = { op: 'call', instance: this.#number, export: question.export };
    let turn = await this.#turn({ request, payload: question.input }, run);
    for (;;) {
      signal.throwIfAborted();
      const { reply, payload } = turn;
      if (reply.kind === 'returned') {
        this.#isWorn = reply.isWorn;
        return payload;
      }
      turn = await this.#turn(this.#resume(await this.#answerTo(reply, payload, run)), run);
    }
  }

  /** Ends the instance in its process. Nobody needs to wait for it. */
  drop(): void {
    if (!this.#hasFailed && this.#seat.process.isAlive) this.#seat.drop(this.#number);
  }

  async #answerTo(
    reply: Reply,
    payload: Uint8Array,
    { labeling, budget }: LabelingRun,
  ): Promise<BackendAnswer> {
    // Nobody waits for an answer to a guest that is gone.
    const { lost } = this.#seat.process;
    switch (reply.kind) {
      case 'sleep':
        await orAborted(sleep(reply.milliseconds, labeling.signal), lost);
        return new Uint8Array(0);
      case 'backend_call':
        if (!budget.takeBackendCall()) return tooManyCalls;
        return labeling.callBackend({ tool: reply.tool, args: payload }, lost);
      case 'failed':
        this.#hasFailed = true;
        throw new GuardError(reply.code, reply.message);
      default:
        throw new GuardError('INTERNAL', `its process replied ${reply.kind} to a question`);
    }
  }

  #resume(answer: BackendAnswer): { request: Request; payload?: Uint8Array } {
    if (answer instanceof Uint8Array) {
      return { request: { op: 'resume', instance: this.#number, failure: null }, payload: answer };
    }
    return { request: { op: 'resume', instance: this.#number, failure: answer } };
  }

  async #turn(
    turn: { request: Request; payload?: Payload },
    { labeling, budget, visit }: LabelingRun,
  ): Promise<TurnResult> {
    const { cpuMs, run } = budget;
    if (cpuMs <= 0) throw new GuardError('BUDGET_EXCEEDED', 'it burnt more CPU time than it may');
    const onStart = () => {
      budget.isTouched = true;
      budget.isGuestRunning = true;
    };
    const result = await visit.turn({ ...turn, cpuMs, run, onStart }, labeling.signal);
    budget.isGuestRunning = false;
    budget.cpuMs -= result.cpuMs;
    return result;
  }
}

/** One question to an export. */
export interface Question {
  readonly export: LabelExport;
  /** JSON, UTF-8. */
  readonly input: Payload;
}

const tooManyCalls: BackendFailure = {
  code: -8,
  name: 'RESOURCE_EXHAUSTED',
  message: 'this labeling has made all the backend calls that it may',
  retryable: false,
  retryAfterMs: 0,
};

/** Rejects with the signal's reason. Timers above 2^31 ms fire at once, so longer sleeps are cut; deadlines are shorter. */
async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(Math.min(milliseconds, 2 ** 31 - 1), undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}
