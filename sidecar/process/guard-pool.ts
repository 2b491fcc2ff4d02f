import { setTimeout as delay } from 'node:timers/promises';
import type { GuardProcessStatus } from '../guard/guard-status.ts';
import { GuardError } from '../guard-error.ts';
import { firstRestartPauseMs, maxRestartPauseMs, wearCheckMs } from '../limits.ts';
import { orAborted } from '../or-aborted.ts';
import { spanName } from '../telemetry/attributes.ts';
import { detached, inSpan, isTraced } from '../telemetry/in-span.ts';
import { GuardProcess, type GuardProgram } from './guard-process.ts';
import { Seat } from './seat.ts';

/**
 * The processes of one guard: as many as its limits say, and a warm spare, so that nobody waits for a start when one is
 * killed or worn out.
 */
export class GuardPool {
  readonly #program: GuardProgram;
  /** The first ones serve, the rest are spares. One that dies leaves its place to the next. */
  readonly #seats: Seat[] = [];
  /** Those that were replaced and finish what they hold. */
  readonly #retiring = new Set<Seat>();
  /** All that are not gone yet, those that were killed included. */
  readonly #processes = new Set<GuardProcess>();
  readonly #starts = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #wearCheck: NodeJS.Timeout;
  #arrival = Promise.withResolvers<void>();

  private constructor(program: GuardProgram) {
    this.#program = program;
    this.#wearCheck = setInterval(() => this.#replaceWorn(), wearCheckMs).unref();
  }

  /**
   * A pool whose first process is up. Throws as `GuardProcess.start` does, or SHUTTING_DOWN when the signal is aborted
   * first; either way nothing is left running.
   */
  static async start(program: GuardProgram, signal: AbortSignal): Promise<GuardPool> {
    const pool = new GuardPool(program);
    const close = () => void pool.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      await pool.#startOne();
    } catch (error) {
      await pool.close();
      throw error;
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
    return this.status.reduce((sum, { instances }) => sum + instances, 0);
  }

  /** Turns that run or wait. */
  get load(): number {
    return [...this.#seats, ...this.#retiring].reduce((sum, seat) => sum + seat.load, 0);
  }

  get status(): GuardProcessStatus[] {
    const serving = this.#program.limits.processes;
    return [
      ...this.#seats.map((seat, place) => statusOf(seat, place < serving ? 'serving' : 'spare')),
      ...[...this.#retiring].map((seat) => statusOf(seat, 'retiring')),
    ];
  }

  /**
   * The process with the shortest line, of equal ones one that is preferred. Waits for one to start; throws the signal's
   * reason when that comes first.
   */
  async seat(signal: AbortSignal, isPreferred: (seat: Seat) => boolean = () => false): Promise<Seat> {
    for (;;) {
      this.#closing.signal.throwIfAborted();
      const chosen = this.#leastBusy(isPreferred);
      if (chosen !== undefined) return chosen;
      await this.#nextArrival(AbortSignal.any([signal, this.#closing.signal]));
    }
  }

  #leastBusy(isPreferred: (seat: Seat) => boolean): Seat | undefined {
    const { processes } = this.#program.limits;
    // Most guards have one: nothing is to be weighed for it.
    if (processes === 1) return this.#seats[0];
    const serving = this.#seats.slice(0, processes);
    const shortest = Math.min(...serving.map((seat) => seat.load));
    const candidates = serving.filter((seat) => seat.load === shortest);
    return candidates.find(isPreferred) ?? candidates[0];
  }

  /** Kills every process and waits until they are gone. What runs or waits in them fails with `reason`. */
  async close(reason: GuardError = shuttingDown): Promise<void> {
    clearInterval(this.#wearCheck);
    this.#closing.abort(reason);
    for (const process of this.#processes) process.kill(reason);
    await Promise.all([...this.#starts, ...[...this.#processes].map((process) => process.exited)]);
  }

  #nextArrival(signal: AbortSignal): Promise<void> {
    const arrived = () => orAborted(this.#arrival.promise, signal);
    return isTraced() ? inSpan(spanName.process, arrived) : arrived();
  }

  #refill(): void {
    if (this.#closing.signal.aborted) return;
    const missing = this.#program.limits.processes + 1 - this.#seats.length - this.#starts.size;
    for (let i = 0; i < missing; i++) {
      // A kill may be behind it, and that a question: what the new process logs is not about that.
      const start = detached(() => this.#startWithPatience()).finally(() => {
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
        this.#program.log.write('error', `its process did not start: ${String(error)}`);
        await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #startOne(): Promise<void> {
    const process = await GuardProcess.start(this.#program, this.#closing.signal);
    this.#processes.add(process);
    void process.exited.then(() => this.#processes.delete(process));
    const seat = new Seat(process, this.#program);
    this.#seats.push(seat);
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers<void>();
    process.lost.addEventListener('abort', () => this.#replace(seat));
  }

  #replace(seat: Seat): void {
    const wasRetiring = this.#retiring.delete(seat);
    if (wasRetiring) return;
    this.#seats.splice(this.#seats.indexOf(seat), 1);
    // What ended one process may have ended others, and nobody has noticed yet.
    for (const other of this.#seats) other.prove();
    this.#refill();
  }

  /** One at a time, and only while a spare is ready to take its place. */
  #replaceWorn(): void {
    if (this.#seats.length <= this.#program.limits.processes) return;
    const worn = this.#seats.find((seat) => seat.wear !== undefined);
    if (worn === undefined) return;
    this.#program.log.write('info', `its process is replaced: ${worn.wear} (pid ${worn.process.pid})`);
    this.#program.counters.recycled++;
    this.#seats.splice(this.#seats.indexOf(worn), 1);
    this.#retiring.add(worn);
    worn.retire();
    this.#refill();
  }
}

const shuttingDown = new GuardError('SHUTTING_DOWN', 'the sidecar is shutting down');

function statusOf({ process }: Seat, role: GuardProcessStatus['role']): GuardProcessStatus {
  const { pid = 0, ageMs, calls, instances, residentBytes, cpuMs } = process;
  return { pid, role, ageMs, calls, instances, residentBytes, cpuMs };
}
