import { setTimeout as delay } from 'node:timers/promises';
import { GuardError } from './guard-error.ts';
import { GuardProcess, type GuardProgram } from './guard-process.ts';
import { firstRestartPauseMs, maxRestartPauseMs } from './limits.ts';
import { orAborted } from './or-aborted.ts';
import type { Turn, TurnResult } from './running-turn.ts';
import { TurnQueue, type TurnTicket } from './turn-queue.ts';

/** A guard process and the line in front of it. */
export class Seat {
  readonly #process: GuardProcess;
  readonly #turns: TurnQueue;
  #lastInstance = 0;
  /** Instances that are to end, until their turn comes. */
  readonly #dropped: number[] = [];

  constructor(process: GuardProcess, queueLength: number) {
    this.#process = process;
    this.#turns = new TurnQueue(queueLength);
  }

  get process(): GuardProcess {
    return this.#process;
  }

  /** Turns that run or wait. */
  get load(): number {
    return this.#turns.length;
  }

  nextInstance(): number {
    return ++this.#lastInstance;
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

  /** Waits in line, and takes the turn. Throws a GuardError. */
  async turn(turn: Turn, ticket: TurnTicket, signal: AbortSignal): Promise<TurnResult> {
    using _turn = await this.#turns.enter(ticket, signal);
    signal.throwIfAborted();
    return await this.#process.turn(turn, signal);
  }

  /** One turn for all that are due when it comes. It waits in line however long that takes: what is not dropped leaks. */
  async #dropAll(): Promise<void> {
    using _turn = await this.#turns
      .enter({ session: this, isResumed: true }, this.#process.lost)
      .catch(() => undefined);
    const instances = this.#dropped.splice(0);
    const turn = { request: { op: 'drop', instances } as const, cpuMs: dropCpuMs };
    // A process that was lost meanwhile took them with it; a guest that clings to its suspension takes the process.
    await this.#process.turn(turn, AbortSignal.timeout(dropDeadlineMs)).catch(() => undefined);
  }
}

/** CPU time in which all instances of one drop must be gone, in milliseconds. Unwinding one takes microseconds. */
const dropCpuMs = 50;
/** The same as time that passes: a busy machine may be slow. */
const dropDeadlineMs = 1_000;

/**
 * The processes of one guard: as many as its limits say, and a warm spare, so that nobody waits for a start when one is
 * killed.
 */
export class GuardPool {
  readonly #program: GuardProgram;
  /** The first ones serve, the rest are spares. One that dies leaves its place to the next. */
  readonly #seats: Seat[] = [];
  /** All that are not gone yet, those that were killed included. */
  readonly #processes = new Set<GuardProcess>();
  readonly #starts = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #arrival = Promise.withResolvers<void>();

  private constructor(program: GuardProgram) {
    this.#program = program;
  }

  /**
   * A pool whose first process is up. Throws GUARD_UNAVAILABLE when the module does not load, or SHUTTING_DOWN when the
   * signal is aborted first; either way nothing is left running.
   */
  static async start(program: GuardProgram, signal: AbortSignal): Promise<GuardPool> {
    const pool = new GuardPool(program);
    const close = () => void pool.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      await pool.#startOne();
    } finally {
      signal.removeEventListener('abort', close);
    }
    pool.#refill();
    return pool;
  }

  /** The process ids, spares included. */
  get pids(): number[] {
    return this.#seats.flatMap((seat) => seat.process.pid ?? []);
  }

  /** Instances that the processes held when their last turns ended. */
  get instances(): number {
    return this.#seats.reduce((sum, seat) => sum + seat.process.instances, 0);
  }

  /** The process with the shortest line. Waits for one to start; throws the signal's reason when that comes first. */
  async seat(signal: AbortSignal): Promise<Seat> {
    for (;;) {
      const serving = this.#seats.slice(0, this.#program.limits.processes);
      const [first, ...others] = serving;
      if (first !== undefined)
        return others.reduce((best, seat) => (seat.load < best.load ? seat : best), first);
      await orAborted(this.#arrival.promise, signal);
    }
  }

  /** Kills every process and waits until they are gone. */
  async close(): Promise<void> {
    const reason = new GuardError('SHUTTING_DOWN', 'the sidecar is shutting down');
    this.#closing.abort(reason);
    for (const process of this.#processes) process.kill(reason);
    await Promise.all([...this.#starts, ...[...this.#processes].map((process) => process.exited)]);
  }

  #refill(): void {
    if (this.#closing.signal.aborted) return;
    const missing = this.#program.limits.processes + 1 - this.#seats.length - this.#starts.size;
    for (let i = 0; i < missing; i++) {
      const start = this.#startWithPatience().finally(() => {
        this.#starts.delete(start);
        this.#refill();
      });
      this.#starts.add(start);
    }
  }

  /** A start that fails is tried again with growing pauses: what failed may be the machine, not the guard. */
  async #startWithPatience(): Promise<void> {
    const signal = this.#closing.signal;
    for (
      let pauseMs = firstRestartPauseMs;
      !signal.aborted;
      pauseMs = Math.min(pauseMs * 2, maxRestartPauseMs)
    ) {
      try {
        return await this.#startOne();
      } catch (error) {
        if (signal.aborted) return;
        this.#program.log('error', `its process did not start: ${String(error)}`);
        await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #startOne(): Promise<void> {
    const process = await GuardProcess.start(this.#program, this.#closing.signal);
    this.#processes.add(process);
    void process.exited.then(() => this.#processes.delete(process));
    const seat = new Seat(process, this.#program.limits.queueLength);
    this.#seats.push(seat);
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers<void>();
    process.lost.addEventListener('abort', () => this.#replace(seat));
  }

  #replace(seat: Seat): void {
    this.#seats.splice(this.#seats.indexOf(seat), 1);
    // What ended one process may have ended others, and nobody has noticed yet.
    for (const other of this.#seats) other.prove();
    this.#refill();
  }
}
