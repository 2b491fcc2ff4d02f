import { GuardError, type GuardErrorCode } from '../guard-error.ts';
import type { Reply, Request } from '../guest/protocol.ts';
import { cancelGraceMs, deadlineGraceMs } from '../limits.ts';

/** One turn of a guard process. */
export interface Turn {
  readonly request: Request;
  readonly payload?: Uint8Array;
  /** CPU time that this turn may burn, in milliseconds. */
  readonly cpuMs: number;
  /** Which run of its labeling it belongs to: 2 after the process of the first was lost. For those who are told of it. */
  readonly run?: number;
  /** Called when the turn begins: its process was alive, and the guest may have run. */
  readonly onStart?: () => void;
}

/** How a turn ended. */
export interface TurnResult {
  readonly reply: Reply;
  readonly payload: Uint8Array;
  /** CPU time that the turn burnt, in milliseconds. */
  readonly cpuMs: number;
}

/** What a turn needs of its process. */
interface KillableProcess {
  kill(reason: GuardError): void;
  /** CPU time since the last turn ended, in milliseconds. */
  cpuMsOfThisTurn(): number;
}

/** A turn that is under way in a guard process, and all that can end it. */
export class RunningTurn {
  readonly #process: KillableProcess;
  readonly #signal: AbortSignal;
  readonly #cpuMs: number;
  readonly #settled = Promise.withResolvers<TurnResult>();
  readonly #onAbort = () => this.#abort();
  #watch: NodeJS.Timeout;

  /** The signal is not aborted yet. */
  constructor(process: KillableProcess, turn: Turn, signal: AbortSignal) {
    this.#process = process;
    this.#signal = signal;
    this.#cpuMs = turn.cpuMs;
    this.#watch = setTimeout(() => this.#checkCpu(), turn.cpuMs);
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get result(): Promise<TurnResult> {
    return this.#settled.promise;
  }

  finish(result: TurnResult): void {
    this.#stopWatching();
    this.#settled.resolve(result);
  }

  fail(reason: GuardError): void {
    this.#stopWatching();
    this.#settled.reject(reason);
  }

  #stopWatching(): void {
    clearTimeout(this.#watch);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  /** The guest gets a moment to return by itself: killing it makes its neighbours run again. */
  #abort(): void {
    const reason = abortReason(this.#signal);
    clearTimeout(this.#watch);
    const graceMs = graces.get(reason.code);
    if (graceMs === undefined) this.#process.kill(reason);
    else this.#watch = setTimeout(() => this.#process.kill(reason), graceMs);
  }

  /** Wall time convicts the innocent on a busy machine, so it only says when to look at the CPU time. */
  #checkCpu(): void {
    const left = this.#cpuMs - this.#process.cpuMsOfThisTurn();
    if (left <= 0)
      this.#process.kill(new GuardError('BUDGET_EXCEEDED', 'it burnt more CPU time than it may'));
    else this.#watch = setTimeout(() => this.#checkCpu(), Math.max(left, 1));
  }
}

const graces: ReadonlyMap<GuardErrorCode, number> = new Map([
  ['CANCELLED', cancelGraceMs],
  ['DEADLINE_EXCEEDED', deadlineGraceMs],
]);

/** Signals of labelings are aborted with GuardErrors; a bare timeout is a deadline. */
export function abortReason(signal: AbortSignal): GuardError {
  if (signal.reason instanceof GuardError) return signal.reason;
  return new GuardError('DEADLINE_EXCEEDED', 'its time ran out');
}
