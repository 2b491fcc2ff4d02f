import { asGuardError, GuardError, type GuardErrorCode } from '../guard-error.ts';
import type { LabelExport } from '../guest/protocol.ts';
import type { Guard } from './guard.ts';
import type { Budget } from './guard-instance.ts';
import { HoldBack, sessionRule } from './hold-back.ts';

/** One question, from when it was put until it has ended. */
export interface Attempt {
  /** It was answered. */
  succeeded(): void;
  /** It was not; `budget` is what its last run was given. */
  failed(error: unknown, budget: Budget | undefined): void;
}

/** How a guard fares with one session: keeps the books, and lets it pause when it fails again and again. */
export class SessionRecord {
  readonly #guard: Guard;
  /** Sessions of one principal count as one caller. */
  readonly #caller: object | string;
  readonly #holdBack = new HoldBack(sessionRule);

  constructor(guard: Guard, principal: string) {
    this.#guard = guard;
    this.#caller = principal === '' ? this : principal;
  }

  /** Throws GUARD_UNAVAILABLE while the guard may not be asked, by this session or by anybody. */
  begin(task: LabelExport): Attempt {
    const begunAt = performance.now();
    this.#guard.expectService();
    const pause = this.#holdBack.pauseAt(begunAt);
    if (pause !== undefined) {
      const sentence = `it failed ${pause.failures} times in a row for this session (last: ${pause.reason}); ask again in ${Math.ceil(pause.untilMs - begunAt)} ms`;
      throw new GuardError('GUARD_UNAVAILABLE', sentence);
    }
    this.#guard.counters.calls++;
    return {
      succeeded: () => {
        this.#holdBack.succeeded(task);
        this.#guard.succeeded(task);
      },
      failed: (error, budget) => {
        const { code, message } = asGuardError(error);
        // Who cancels has not seen the guard fail.
        if (code !== 'CANCELLED') this.#guard.counters.failures++;
        if (code === 'GUARD_TRAPPED') this.#guard.counters.traps++;
        if (!isGuestsDoing(code, budget)) return;
        const failure = { task, caller: this.#caller, begunAt, reason: message };
        this.#holdBack.failed(failure, performance.now());
        this.#guard.failed(failure);
      },
    };
  }
}

/** A trap, or the end of the process. What a guard answers, be it nonsense, costs nobody anything. */
function isGuestsDoing(code: GuardErrorCode, budget: Budget | undefined): boolean {
  if (code === 'DEADLINE_EXCEEDED') return budget?.isGuestRunning === true;
  return code === 'GUARD_TRAPPED' || code === 'BUDGET_EXCEEDED' || code === 'MEMORY_LIMIT';
}
