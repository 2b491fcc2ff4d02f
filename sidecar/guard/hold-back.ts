import {
  callersBeforePause,
  failuresBeforePause,
  firstFailurePauseMs,
  maxFailurePauseMs,
} from '../limits.ts';

/** One failure of a guard. */
export interface Failure {
  /** What failed: a streak of failures ends with a success of the same. */
  readonly task: string;
  /** For whom. */
  readonly caller: object | string;
  /** When it was begun, in milliseconds of the monotonic clock. */
  readonly begunAt: number;
  /** Why, one clause. */
  readonly reason: string;
}

/** Why nobody is asked now. */
export interface Pause {
  readonly failures: number;
  readonly reason: string;
  readonly untilMs: number;
}

/** Failures of one task in a row. */
interface Streak {
  failures: number;
  /** Some of those for whom it failed, as many as it takes. */
  readonly callers: Set<object | string>;
}

/** When it takes a pause. */
export interface HoldBackRule {
  readonly failures: number;
  readonly callers: number;
}

/** For one session: it has itself to blame. */
export const sessionRule: HoldBackRule = { failures: failuresBeforePause, callers: 1 };

/** For a guard as a whole: never because of one session. */
export const guardRule: HoldBackRule = { failures: callersBeforePause, callers: callersBeforePause };

/** Growing pauses for what keeps failing. They end by themselves, and a success ends the streak. */
export class HoldBack {
  readonly #rule: HoldBackRule;
  readonly #streaks = new Map<string, Streak>();
  #pause: Pause | undefined;
  /** What was begun before the last pause says nothing new. */
  #pausedAt = Number.NEGATIVE_INFINITY;
  #pauseMs = firstFailurePauseMs;

  constructor(rule: HoldBackRule) {
    this.#rule = rule;
  }

  /** The pause that holds at this moment of the monotonic clock. */
  pauseAt(nowMs: number): Pause | undefined {
    return this.#pause !== undefined && nowMs < this.#pause.untilMs ? this.#pause : undefined;
  }

  failed({ task, caller, begunAt, reason }: Failure, nowMs: number): void {
    const streak = this.#streaks.get(task) ?? { failures: 0, callers: new Set() };
    this.#streaks.set(task, streak);
    streak.failures++;
    if (streak.callers.size < this.#rule.callers) streak.callers.add(caller);
    if (!this.#isHabit(streak) || begunAt < this.#pausedAt) return;
    this.#pausedAt = nowMs;
    this.#pause = { failures: streak.failures, reason, untilMs: nowMs + this.#pauseMs };
    this.#pauseMs = Math.min(this.#pauseMs * 2, maxFailurePauseMs);
  }

  succeeded(task: string): void {
    if (!this.#streaks.delete(task) || this.#streaks.values().some((streak) => this.#isHabit(streak))) return;
    this.#pause = undefined;
    this.#pauseMs = firstFailurePauseMs;
  }

  #isHabit({ failures, callers }: Streak): boolean {
    return failures >= this.#rule.failures && callers.size >= this.#rule.callers;
  }
}
