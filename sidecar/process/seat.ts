import { GuardError } from '../guard-error.ts';
import type { GuardLimits } from '../guard-limits.ts';
import type { GuardProcess, GuardProgram } from './guard-process.ts';
import type { Turn, TurnResult } from './running-turn.ts';
import { tellOfRun, tellOfWait } from './told-turn.ts';
import { TurnQueue, type TurnTicket } from './turn-queue.ts';

/** A guard process, the line in front of it, and the instances in it. */
export class Seat {
  readonly #process: GuardProcess;
  readonly #guard: string;
  readonly #limits: GuardLimits;
  readonly #turns: TurnQueue;
  #lastInstance = 0;
  /** Instances that labelings hold. */
  #held = 0;
  /** Instances that are to end, until their turn comes. */
  readonly #dropped: number[] = [];
  #isRetiring = false;

  constructor(process: GuardProcess, { name, limits }: Pick<GuardProgram, 'name' | 'limits'>) {
    this.#process = process;
    this.#guard = name;
    this.#limits = limits;
    this.#turns = new TurnQueue(
      limits,
      () => this.#room,
      (sessions) => Math.max(Math.floor(limits.idleInstances / sessions), leastShare),
    );
  }

  get process(): GuardProcess {
    return this.#process;
  }

  /** Turns that run or wait. */
  get load(): number {
    return this.#turns.length;
  }

  /** Whether it still takes instances that rest; one that is to go finishes what it holds. */
  get isOpen(): boolean {
    return this.#process.isAlive && !this.#isRetiring;
  }

  /** Each turn needs an instance: what waits in line costs less than what is refused one. */
  get #room(): number {
    const suspended = Math.max(this.#held - this.#turns.taken, 0);
    return Math.min(this.#process.room, Math.max(this.#limits.instances - suspended, 1));
  }

  /** What its process has become too much of, or nothing: age, calls or memory. */
  get wear(): string | undefined {
    const { recycleSeconds, recycleCalls, recyclePercent, residentMiB } = this.#limits;
    const { ageMs, calls, residentBytes } = this.#process;
    if (ageMs >= recycleSeconds * 1_000) return `it is ${recycleSeconds} seconds old`;
    if (calls >= recycleCalls) return `it has answered ${calls} calls`;
    const MiB = Math.floor((residentMiB * recyclePercent) / 100);
    return residentBytes > MiB * 2 ** 20 ? `it needs more than ${MiB} MiB of memory` : undefined;
  }

  /** The number of a new instance, which is held. Throws QUEUE_FULL when too many are. */
  newInstance(): number {
    if (this.#held >= this.#limits.instances) throw tooManyInstances(this.#limits.instances);
    this.hold();
    return ++this.#lastInstance;
  }

  /** A labeling holds one more instance, until it lets go of it. */
  hold(): void {
    this.#held++;
  }

  letGo(): void {
    this.#held--;
    this.#endWhenEmpty();
  }

  /** Takes no more instances, and ends the process as soon as nothing holds one. */
  retire(): void {
    this.#isRetiring = true;
    this.#endWhenEmpty();
  }

  /** Ends an instance; nobody needs to wait for it. */
  drop(instance: number): void {
    this.#dropped.push(instance);
    if (this.#dropped.length === 1) void this.#dropAll();
  }

  /** Lets the process prove that it lives: what stands in line behind the proof has not begun to run if it fails. */
  prove(): void {
    void this.#dropAll();
  }

  /** Waits in line for a place, which is the caller's until it disposes of it. Throws as `TurnQueue.enter` does. */
  async enter(ticket: TurnTicket, signal: AbortSignal): Promise<Disposable> {
    const enter = () => this.#enter(ticket, signal);
    return await (this.load < this.#room ? enter() : tellOfWait(this.#guard, enter));
  }

  /** Lets the guest run, for whoever has a place. Throws a GuardError. */
  run(turn: Turn, signal: AbortSignal): Promise<TurnResult> {
    return tellOfRun(turn, this.#process.pid, () => this.#process.turn(turn, signal));
  }

  async #enter(ticket: TurnTicket, signal: AbortSignal): Promise<Disposable> {
    const place = await this.#turns.enter(ticket, signal);
    return {
      [Symbol.dispose]: () => {
        place[Symbol.dispose]();
        this.#endWhenEmpty();
      },
    };
  }

  #endWhenEmpty(): void {
    if (this.#isRetiring && this.#held === 0 && this.load === 0) this.#process.end();
  }

  /** One turn for all that are due when it comes. It waits in line however long that takes: what is not dropped leaks. */
  async #dropAll(): Promise<void> {
    const ticket = { session: this, isResumed: true };
    const place = await this.#enter(ticket, this.#process.lost).catch(() => undefined);
    const instances = this.#dropped.splice(0);
    const onEnd = () => place?.[Symbol.dispose]();
    const turn = { request: { op: 'drop', instances } as const, cpuMs: dropCpuMs, onEnd };
    // A process that was lost meanwhile took them with it; a guest that clings to its suspension takes the process.
    await this.#process.turn(turn, AbortSignal.timeout(dropDeadlineMs)).catch(() => undefined);
  }
}

/** Turns that a session may be given at once, however many others ask: one that runs, and one ahead. */
const leastShare = 2;

/** CPU time in which all instances of one drop must be gone, in milliseconds. Unwinding one takes microseconds. */
const dropCpuMs = 50;
/** The same as time that passes: a busy machine may be slow. */
const dropDeadlineMs = 1_000;

function tooManyInstances(limit: number): GuardError {
  return new GuardError('QUEUE_FULL', `${limit} labelings of this guard are under way; ask again later`);
}
