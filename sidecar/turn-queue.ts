import { GuardError } from './guard-error.ts';

/** Who asks for a turn. */
export interface TurnTicket {
  /** Sessions take turns with each other; one with a thousand questions does not starve another with one. */
  readonly session: object;
  /** It goes on with a labeling that waited; those come before new questions of the same session. */
  readonly isResumed: boolean;
}

interface Waiter {
  readonly enter: () => void;
}

/** Who of one session waits, in the order of arrival. */
interface Line {
  readonly resumed: Set<Waiter>;
  readonly fresh: Set<Waiter>;
}

/** Who may use a guard process next: one at a time, in a fair order, and not without bound. */
export class TurnQueue {
  readonly #maxWaiting: number;
  /** Only sessions of which somebody waits; the first one is next. */
  readonly #lines = new Map<object, Line>();
  #freshCount = 0;
  #resumedCount = 0;
  #isTaken = false;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** Turns that run or wait. */
  get length(): number {
    return this.#freshCount + this.#resumedCount + (this.#isTaken ? 1 : 0);
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
    if (!ticket.isResumed && this.#freshCount >= this.#maxWaiting) {
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
    const [session] = this.#lines.keys();
    if (session === undefined) this.#isTaken = false;
    else this.#takeFirst(session).enter();
  }

  /** The first one of a session's line; the session goes to the end. */
  #takeFirst(session: object): Waiter {
    const line = this.#lines.get(session);
    const isResumed = line !== undefined && line.resumed.size > 0;
    const [first] = (isResumed ? line.resumed : line?.fresh) ?? [];
    if (line === undefined || first === undefined) throw new Error('a session in line of which nobody waits');
    this.#remove({ session, isResumed }, first);
    if (this.#lines.delete(session)) this.#lines.set(session, line);
    return first;
  }

  #add({ session, isResumed }: TurnTicket, waiter: Waiter): void {
    const line = this.#lines.get(session) ?? { resumed: new Set(), fresh: new Set() };
    this.#lines.set(session, line);
    (isResumed ? line.resumed : line.fresh).add(waiter);
    this.#count(isResumed, 1);
  }

  #remove({ session, isResumed }: TurnTicket, waiter: Waiter): void {
    const line = this.#lines.get(session);
    if (line === undefined) return;
    if ((isResumed ? line.resumed : line.fresh).delete(waiter)) this.#count(isResumed, -1);
    if (line.resumed.size + line.fresh.size === 0) this.#lines.delete(session);
  }

  #count(isResumed: boolean, change: 1 | -1): void {
    if (isResumed) this.#resumedCount += change;
    else this.#freshCount += change;
  }
}
