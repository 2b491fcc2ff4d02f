import { setTimeout as delay } from 'node:timers/promises';
import { GuardError } from './guard-error.ts';
import { GuardProcess, type GuardProgram } from './guard-process.ts';
import { firstRestartPauseMs, maxRestartPauseMs } from './limits.ts';
import type { Turn, TurnResult } from './running-turn.ts';
import { TurnQueue, type TurnTicket } from './turn-queue.ts';

/** A guard process and the line in front of it. */
export class Seat {
  readonly #process: GuardProcess;
  readonly #turns: TurnQueue;
  #lastInstance = 0;

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

  /** Waits in line, and takes the turn. Throws a GuardError. */
  async turn(turn: Turn, ticket: TurnTicket, signal: AbortSignal): Promise<TurnResult> {
    using _turn = await this.#turns.enter(ticket, signal);
    signal.throwIfAborted();
    return await this.#process.turn(turn, signal);
  }
}

/**
 * The processes of one guard: as many as its limits say, and a warm spare, so that nobody waits for a start when one is
 * killed.
 */
export class GuardPool {
  readonly #program: GuardProgram;
  /** The first ones serve, the rest are spares. One that dies leaves its place to the next. */
  readonly #seats: Seat[] = [];
  readonly #closing = new AbortController();
  #starting = 0;
  #arrival = Promise.withResolvers<void>();

  private constructor(program: GuardProgram) {
    this.#program = program;
  }

  /** A pool whose first process is up. Throws GUARD_UNAVAILABLE when the module does not load. */
  static async start(program: GuardProgram): Promise<GuardPool> {
    const pool = new GuardPool(program);
    await pool.#startOne();
    pool.#refill();
    return pool;
  }

  /** The process ids, spares included. */
  get pids(): number[] {
    return this.#seats.flatMap((seat) => seat.process.pid ?? []);
  }

  /** The process with the shortest line. Waits for one to start; throws the signal's reason when that comes first. */
  async seat(signal: AbortSignal): Promise<Seat> {
    for (;;) {
      const serving = this.#seats.slice(0, this.#program.limits.processes);
      const [first, ...others] = serving;
      if (first !== undefined)
        return others.reduce((best, seat) => (seat.load < best.load ? seat : best), first);
      await this.#arrivalOr(signal);
    }
  }

  /** Kills every process and waits until they are gone. */
  async close(): Promise<void> {
    this.#closing.abort(new GuardError('SHUTTING_DOWN', 'the sidecar is shutting down'));
    const processes = this.#seats.map((seat) => seat.process);
    for (const process of processes)
      process.kill(new GuardError('SHUTTING_DOWN', 'the sidecar is shutting down'));
    await Promise.all(processes.map((process) => process.exited));
  }

  async #arrivalOr(signal: AbortSignal): Promise<void> {
    const ended = Promise.withResolvers<never>();
    const end = () => ended.reject(signal.reason);
    signal.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    signal.addEventListener('abort', end, { once: true });
    try {
      await Promise.race([this.#arrival.promise, ended.promise]);
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  #refill(): void {
    const missing = this.#program.limits.processes + 1 - this.#seats.length - this.#starting;
    for (let i = 0; i < missing; i++) void this.#startWithPatience();
  }

  /** A start that fails is tried again with growing pauses: what failed may be the machine, not the guard. */
  async #startWithPatience(): Promise<void> {
    const signal = this.#closing.signal;
    this.#starting++;
    for (
      let pauseMs = firstRestartPauseMs;
      !signal.aborted;
      pauseMs = Math.min(pauseMs * 2, maxRestartPauseMs)
    ) {
      try {
        await this.#startOne();
        break;
      } catch (error) {
        this.#program.log('error', `a process of this guard did not start: ${String(error)}`);
        await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
    this.#starting--;
  }

  async #startOne(): Promise<void> {
    const process = await GuardProcess.start(this.#program);
    if (this.#closing.signal.aborted)
      return process.kill(new GuardError('SHUTTING_DOWN', 'the sidecar is shutting down'));
    const seat = new Seat(process, this.#program.limits.queueLength);
    this.#seats.push(seat);
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers<void>();
    void process.lost.then(() => this.#replace(seat));
  }

  #replace(seat: Seat): void {
    this.#seats.splice(this.#seats.indexOf(seat), 1);
    if (!this.#closing.signal.aborted) this.#refill();
  }
}
