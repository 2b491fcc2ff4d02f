import type { Caller } from '../http/caller.ts';
import type { ClientSession } from './client-session.ts';
import type { EndpointLimits } from './endpoint-limits.ts';
import type { SessionEnd } from './session-peer.ts';

interface Seat {
  readonly session: ClientSession;
  readonly lastUse: number;
}

/** The sessions of an endpoint, by id. Those that nobody uses end, and the one that rested longest makes room. */
export class SessionTable implements Disposable {
  readonly #limits: EndpointLimits;
  /** The one that rested longest is the first. */
  readonly #seats = new Map<string, Seat>();
  readonly #timer: NodeJS.Timeout;
  #ticks = 0;

  constructor(limits: EndpointLimits) {
    this.#limits = limits;
    this.#timer = setInterval(() => this.#tick(), limits.tickMs).unref();
  }

  get size(): number {
    return this.#seats.size;
  }

  add(session: ClientSession): void {
    this.#use(session);
    for (const { session: oldest } of this.#seats.values()) {
      if (this.#seats.size <= this.#limits.maxSessions) return;
      this.end(oldest, 'crowded');
    }
  }

  /** A caller's own session, which is in use by that. */
  find(id: string, caller: Caller): ClientSession | undefined {
    const session = this.#seats.get(id)?.session;
    if (session?.caller.principal !== caller.principal || session.caller.run !== caller.run) return undefined;
    this.#use(session);
    return session;
  }

  end(session: ClientSession, reason: SessionEnd): void {
    this.#seats.delete(session.id);
    session.end(reason);
  }

  /** Ends all sessions of a caller; how many there were. */
  endAllOf({ principal, run }: Caller): number {
    const theirs = [...this.#seats.values()].filter(
      ({ session: { caller } }) => caller.principal === principal && caller.run === run,
    );
    for (const { session } of theirs) this.end(session, 'closed');
    return theirs.length;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const { session } of this.#seats.values()) this.end(session, 'closed');
  }

  #use(session: ClientSession): void {
    this.#seats.delete(session.id);
    this.#seats.set(session.id, { session, lastUse: this.#ticks });
  }

  /** Time is counted in ticks: a machine that slept has not used its sessions up. */
  #tick(): void {
    this.#ticks++;
    const idleTicks = this.#limits.idleMs / this.#limits.tickMs;
    for (const { session, lastUse } of [...this.#seats.values()]) {
      if (session.isBusy) this.#use(session);
      else if (this.#ticks - lastUse >= idleTicks) this.end(session, 'idle');
      session.keepAlive();
    }
  }
}
