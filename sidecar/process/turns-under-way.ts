import { GuardError } from '../guard-error.ts';
import type { Reply } from '../guest/protocol.ts';
import { maxTurnsAhead, workAheadMs } from '../limits.ts';
import { type KillableProcess, RunningTurn, type Turn, type TurnResult } from './running-turn.ts';

/** How much the newest turn counts in what is usual: a guest that becomes slow is noticed within a few turns. */
const newestShare = 0.25;

/**
 * The turns that a guard process was given and has not ended, in their order. The first one runs: the process takes one
 * after the other and ends each with one reply, so it is always known whose time is being burnt.
 */
export class TurnsUnderWay {
  readonly #process: KillableProcess;
  readonly #turns: RunningTurn[] = [];
  /** CPU time of the process when its last turn ended, in milliseconds. */
  #reportedCpuMs = 0;
  /** CPU time of a turn as it is usual here, in milliseconds. */
  #usualMs = Number.POSITIVE_INFINITY;

  constructor(process: KillableProcess) {
    this.#process = process;
  }

  get reportedCpuMs(): number {
    return this.#reportedCpuMs;
  }

  /**
   * How many the process may have at once. Where turns are short, it would spend more time waiting for the next one than
   * in the guest; where they are long, what is ahead would only wait in the wrong place.
   */
  get room(): number {
    return Math.min(Math.max(Math.ceil(workAheadMs / this.#usualMs), 1), maxTurnsAhead);
  }

  /** One more, which begins when those before it have ended. The signal is not aborted yet. */
  add(turn: Turn, signal: AbortSignal): Promise<TurnResult> {
    if (this.#turns.length >= maxTurnsAhead)
      return Promise.reject(new GuardError('INTERNAL', 'more turns at once than a process may be given'));
    const added = new RunningTurn(this.#process, turn, signal);
    this.#turns.push(added);
    if (this.#turns.length === 1) added.begin();
    return added.result;
  }

  /** The first one has ended, by the reply of the process. Throws on a reply that no process of ours would give. */
  finish(reply: Reply, payload: Uint8Array): void {
    const cpuMs = reply.totalCpuMs - this.#reportedCpuMs;
    if (cpuMs < 0) throw new Error('CPU time that falls');
    const finished = this.#turns.shift();
    if (finished === undefined) throw new Error('a reply to nothing');
    this.#reportedCpuMs = reply.totalCpuMs;
    this.#usualMs = Number.isFinite(this.#usualMs)
      ? this.#usualMs + newestShare * (cpuMs - this.#usualMs)
      : cpuMs;
    finished.finish({ reply, payload, cpuMs });
    this.#turns[0]?.begin();
  }

  /** The process is gone: the one that ran fails with `reason`, those that had not begun with `lost`. */
  fail(reason: GuardError, lost: GuardError): void {
    const [running, ...others] = this.#turns.splice(0);
    running?.fail(reason);
    for (const other of others) other.fail(lost);
  }
}
