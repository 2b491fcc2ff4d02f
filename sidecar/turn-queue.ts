import { GuardError } from './guard-error.ts';

/** Who asks for a turn. */
export interface TurnTicket {
  /** Sessions take turns with each other; one with a thousand questions does not starve another with one. */
  readonly session: object;
  /** It goes on with a labeling that waited; those come before new questions. */
  readonly isResumed: boolean;
}

interface Waiter {
  readonly enter: () => void;
}

/** Who may use a guard process next: one at a time, in a fair order, and not without bound. */
export class TurnQueue {
  readonly #maxWaiting: number;
  readonly #resumed = new Set<Waiter>();
  readonly #bySession = new Map<object, Set<Waiter>>();
  #waiting = 0;
  #isTaken = false;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** Turns that run or wait. */
  get length(): number {
    return this.#waiting + this.#resumed.size + (this.#isTaken ? 1 : 0);
  }

  /**
   * The turn is the caller's until it disposes of what it gets. Throws QUEUE_FULL, or the signal's reason when that
   * comes first: work whose deadline passed never starts.
   */
  async enter(ticket: TurnTicket, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#isTaken) await this.#wait(ticket, signal);
    this.#isTaken = true;
    return { [Symbol.dispose]: () => this.#leave() };
  }

  #wait(ticket: TurnTicket, signal: AbortSignal): Promise<void> {
    if (!ticket.isResumed && this.#waiting >= this.#maxWaiting) {
      throw new GuardError(
        'QUEUE_FULL',
        `${this.#maxWaiting} questions wait for this guard already; ask again later`,
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = () => {
      this.#remove(ticket, waiter);
      reject(signal.reason);
    };
    const waiter: Waiter = {
      enter: () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      },
    };
    signal.addEventListener('abort', giveUp, { once: true });
    this.#add(ticket, waiter);
    return promise;
  }

  /** The turn passes straight to the next one who waits, so that nobody can slip in between. */
  #leave(): void {
    const next = this.#next();
    if (next === undefined) this.#isTaken = false;
    else next.enter();
  }

  #next(): Waiter | undefined {
    for (const waiter of this.#resumed) {
      this.#resumed.delete(waiter);
      return waiter;
    }
    for (const [session, waiters] of this.#bySession) return this.#nextOf(session, waiters);
    return undefined;
  }

  /** The session's first waiter; the session goes to the end of the line. */
  #nextOf(session: object, waiters: Set<Waiter>): Waiter | undefined {
    const [first] = waiters;
    this.#bySession.delete(session);
    if (first === undefined) return this.#next();
    waiters.delete(first);
    this.#waiting--;
    if (waiters.size > 0) this.#bySession.set(session, waiters);
    return first;
  }

  #add(ticket: TurnTicket, waiter: Waiter): void {
    if (ticket.isResumed) {
      this.#resumed.add(waiter);
      return;
    }
    const waiters = this.#bySession.get(ticket.session) ?? new Set<Waiter>();
    this.#bySession.set(ticket.session, waiters.add(waiter));
    this.#waiting++;
  }

  #remove(ticket: TurnTicket, waiter: Waiter): void {
    if (this.#resumed.delete(waiter)) return;
    const waiters = this.#bySession.get(ticket.session);
    if (waiters?.delete(waiter) !== true) return;
    this.#waiting--;
    if (waiters.size === 0) this.#bySession.delete(ticket.session);
  }
}
