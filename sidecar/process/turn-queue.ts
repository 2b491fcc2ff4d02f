import { GuardError } from '../guard-error.ts';
import { SessionTurns } from './session-turns.ts';

/** Who asks for a turn. */
export interface TurnTicket {
  /** Sessions take turns with each other; one with a thousand questions does not starve another with one. */
  readonly session: object;
  /** It goes on with a labeling that waited; those come before new questions of the same session. */
  readonly isResumed: boolean;
}

interface Waiter {
  readonly enter: () => void;
  readonly giveUp: (reason: unknown) => void;
}

/** How many may wait, and how long. */
export interface QueueLimits {
  readonly queueLength: number;
  readonly queueWaitMs: number;
}

/** Who of one session waits, in the order of arrival. */
interface Line {
  readonly resumed: Set<Waiter>;
  readonly fresh: Set<Waiter>;
}

/** Who may use a guard process next: as many at a time as it has room for, in a fair order, and not without bound. */
export class TurnQueue {
  readonly #limits: QueueLimits;
  /** Only sessions of which somebody waits; the first one is next. */
  readonly #lines = new Map<object, Line>();
  #freshCount = 0;
  #resumedCount = 0;
  /** Turns that were given. */
  #taken = 0;
  readonly #sessions = new SessionTurns();
  readonly #room: () => number;
  readonly #share: (sessions: number) => number;

  /**
   * `room` is how many may have a turn at the same time, at this moment; `share` is how many of these one session may have
   * where so many sessions ask.
   */
  constructor(
    limits: QueueLimits,
    room: () => number = () => 1,
    share: (sessions: number) => number = () => Number.POSITIVE_INFINITY,
  ) {
    this.#limits = limits;
    this.#room = room;
    this.#share = share;
  }

  /** Turns that were given and are not over. */
  get taken(): number {
    return this.#taken;
  }

  /** Turns that run or wait. */
  get length(): number {
    return this.#waiting + this.#taken;
  }

  /**
   * The turn is the caller's until it disposes of what it gets. Throws QUEUE_FULL, QUEUE_TIMEOUT, or the signal's reason
   * when that comes first: work whose deadline passed never starts. What has run already waits as long as its signal
   * lets it.
   */
  async enter(ticket: TurnTicket, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    // Whoever waits although there is room has had their share.
    const isFree = this.#taken < this.#room() && this.#nextSession() === undefined;
    if (isFree && (ticket.isResumed || this.#hasShare(ticket.session))) this.#give(ticket.session);
    else await this.#wait(ticket, signal);
    return { [Symbol.dispose]: () => this.#leave(ticket.session) };
  }

  #wait(ticket: TurnTicket, signal: AbortSignal): Promise<void> {
    if (!ticket.isResumed) this.#makeRoom(ticket.session);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (reason: unknown) => {
      this.#remove(ticket, waiter);
      stopWaiting();
      reject(reason);
    };
    const abort = () => giveUp(signal.reason);
    const timeout = ticket.isResumed
      ? undefined
      : setTimeout(() => giveUp(waitedTooLong(this.#limits.queueWaitMs)), this.#limits.queueWaitMs);
    const stopWaiting = () => {
      clearTimeout(timeout);
      signal.removeEventListener('abort', abort);
    };
    const enter = () => {
      stopWaiting();
      resolve();
    };
    const waiter: Waiter = { enter, giveUp };
    signal.addEventListener('abort', abort, { once: true });
    this.#add(ticket, waiter);
    return promise;
  }

  /** A full line is no way to keep others out: whoever has the most in it makes room for one who has less. */
  #makeRoom(newcomer: object): void {
    if (this.#freshCount < this.#limits.queueLength) return;
    const full = new GuardError(
      'QUEUE_FULL',
      `${this.#limits.queueLength} questions wait for this guard already; ask again later`,
    );
    let longest: Line | undefined;
    for (const line of this.#lines.values()) if (line.fresh.size > (longest?.fresh.size ?? 0)) longest = line;
    const ownLength = this.#lines.get(newcomer)?.fresh.size ?? 0;
    if (longest === undefined || longest.fresh.size <= ownLength + 1) throw full;
    [...longest.fresh].at(-1)?.giveUp(full);
  }

  get #waiting(): number {
    return this.#freshCount + this.#resumedCount;
  }

  /** The turn passes straight to the next one who waits, so that nobody can slip in between. */
  #leave(session: object): void {
    this.#taken--;
    this.#sessions.leave(session);
    while (this.#taken < this.#room()) {
      const next = this.#nextSession();
      if (next === undefined) return;
      this.#give(next);
      this.#takeFirst(next).enter();
    }
  }

  #give(session: object): void {
    this.#taken++;
    this.#sessions.enter(session);
  }

  /** Whoever has had their share has turns under way, at whose end they are looked at again. */
  #nextSession(): object | undefined {
    for (const [session, line] of this.#lines)
      if (line.resumed.size > 0 || this.#hasShare(session)) return session;
    return undefined;
  }

  #hasShare(session: object): boolean {
    return this.#sessions.turnsOf(session) < this.#share(this.#sessions.countWith(session));
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

function waitedTooLong(milliseconds: number): GuardError {
  return new GuardError(
    'QUEUE_TIMEOUT',
    `it had no turn within ${milliseconds} ms, and never ran; ask again later`,
  );
}
