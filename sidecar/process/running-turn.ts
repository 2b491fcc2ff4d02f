import { GuardError, type GuardErrorCode } from '../guard-error.ts';
import type { Payload, Reply, Request } from '../guest/protocol.ts';
import { cancelGraceMs, deadlineGraceMs } from '../limits.ts';

/** One turn of a guard process. */
export interface Turn {
  readonly request: Request;
  readonly payload?: Payload;
  /** CPU time that this turn may burn, in milliseconds. */
  readonly cpuMs: number;
  /** Which run of its labeling it belongs to: 2 after the process of the first was lost. For those who are told of it. */
  readonly run?: number;
  /** Called when the turn begins: its process was alive, and the guest may have run. */
  readonly onStart?: () => void;
  /** Called when the process is through with it, whether or not somebody still waits for its result. */
  readonly onEnd?: () => void;
}

/** How a turn ended. */
export interface TurnResult {
  readonly reply: Reply;
  readonly payload: Uint8Array;
  /** CPU time that the turn burnt, in milliseconds. */
  readonly cpuMs: number;
}

/** What a turn needs of its process. */
export interface KillableProcess {
  kill(reason: GuardError): void;
  /** CPU time since the last turn ended, in milliseconds. */
  cpuMsOfThisTurn(): number;
}

/** A turn that a guard process was given, and all that can end it. */
export class RunningTurn {
  readonly #process: KillableProcess;
  readonly #signal: AbortSignal;
  readonly #turn: Turn;
  /** What it may burn. */
  #cpuMs: number;
  readonly #settled = Promise.withResolvers<TurnResult>();
  readonly #onAbort = () => this.#abort();
  #watch: NodeJS.Timeout | undefined;
  #hasBegun = false;

  /** The signal is not aborted yet. */
  constructor(process: KillableProcess, turn: Turn, signal: AbortSignal) {
    this.#process = process;
    this.#signal = signal;
    this.#turn = turn;
    this.#cpuMs = turn.cpuMs;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get result(): Promise<TurnResult> {
    return this.#settled.promise;
  }

  /** It is its time that is burnt from now on. */
  begin(): void {
    this.#hasBegun = true;
    // Also where nobody waits for it any more: the process has it all the same. One that is late could not help it; one that was
    // cancelled gets the grace, as CPU time.
    if (this.#isCancelled) this.#cpuMs = Math.min(this.#cpuMs, cancelGraceMs);
    this.#watch = setTimeout(() => this.#checkCpu(), this.#cpuMs);
    this.#turn.onStart?.();
  }

  finish(result: TurnResult): void {
    this.#end();
    this.#settled.resolve(result);
  }

  fail(reason: GuardError): void {
    this.#end();
    this.#settled.reject(reason);
  }

  #end(): void {
    this.#turn.onEnd?.();
    clearTimeout(this.#watch);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  /** Before it has begun, whoever waits is told; its time is watched when it comes. */
  #abort(): void {
    if (this.#hasBegun) this.#giveGrace();
    else this.#settled.reject(abortReason(this.#signal));
  }

  /** The guest gets a moment to return by itself: killing it makes its neighbours run again. */
  #giveGrace(): void {
    const reason = abortReason(this.#signal);
    clearTimeout(this.#watch);
    const graceMs = graces.get(reason.code);
    if (graceMs === undefined) this.#process.kill(reason);
    else this.#watch = setTimeout(() => this.#process.kill(reason), graceMs);
  }

  /** Wall time convicts the innocent on a busy machine, so it only says when to look at the CPU time. */
  #checkCpu(): void {
    const left = this.#leftMs();
    if (left > 0) this.#watch = setTimeout(() => this.#checkCpu(), Math.max(left, 1));
    // Its reply may be here, unread, and the time be the next one's: what has arrived is read before this comes.
    else this.#watch = setTimeout(() => this.#convict(), rereadMs);
  }

  #convict(): void {
    if (this.#leftMs() > 0) this.#checkCpu();
    else this.#process.kill(this.#isCancelled ? abortReason(this.#signal) : overBudget);
  }

  get #isCancelled(): boolean {
    return this.#signal.aborted && abortReason(this.#signal).code === 'CANCELLED';
  }

  #leftMs(): number {
    return this.#cpuMs - this.#process.cpuMsOfThisTurn();
  }
}

const overBudget = new GuardError('BUDGET_EXCEEDED', 'it burnt more CPU time than it may');

/** One turn of the event loop, in which sockets are read. */
const rereadMs = 1;

const graces: ReadonlyMap<GuardErrorCode, number> = new Map([
  ['CANCELLED', cancelGraceMs],
  ['DEADLINE_EXCEEDED', deadlineGraceMs],
]);

/** Signals of labelings are aborted with GuardErrors; a bare timeout is a deadline. */
export function abortReason(signal: AbortSignal): GuardError {
  if (signal.reason instanceof GuardError) return signal.reason;
  return new GuardError('DEADLINE_EXCEEDED', 'its time ran out');
}
