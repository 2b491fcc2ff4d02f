import type { LinkListener, ServerLink } from '../backend/server-link.ts';
import type { Caller } from '../http/caller.ts';
import { outcomeError } from '../relay/outcome-error.ts';
import { AgentListeners } from './agent-listeners.ts';
import type { SessionLink } from './session-link.ts';

/** Connections to one server that are kept for agents without sessions, and for how long nobody may use one. */
const maxLinks = 1_000;
const idleMs = 10 * 60 * 1000;
const tickMs = 60 * 1000;

interface KeptLink extends SessionLink {
  users: number;
  lastUsedMs: number;
}

/** A connection that is kept for as long as somebody holds it. */
export interface LeasedSession extends Disposable {
  readonly session: SessionLink;
}

/** The connections of agents whose clients have no sessions, to a server that has: one for each agent, while it is in use. */
export class AgentLinks implements AsyncDisposable {
  readonly #open: (listener: LinkListener) => ServerLink;
  /** The one that rested longest is the first. */
  readonly #links = new Map<string, KeptLink>();
  readonly #timer: NodeJS.Timeout;

  constructor(open: (listener: LinkListener) => ServerLink) {
    this.#open = open;
    this.#timer = setInterval(() => this.#endIdle(), tickMs).unref();
  }

  /** Throws what the client is told when all connections are in use. */
  lease(caller: Caller): LeasedSession {
    const key = keyOf(caller);
    const kept = this.#links.get(key) ?? this.#opened();
    kept.users++;
    this.#links.delete(key);
    this.#links.set(key, kept);
    const giveBack = () => {
      kept.users--;
      kept.lastUsedMs = performance.now();
    };
    return { session: kept, [Symbol.dispose]: giveBack };
  }

  /** Ends the connection of an agent whose session has ended: the server may remember something. How many there were. */
  endOf(caller: Caller): number {
    const key = keyOf(caller);
    if (!this.#links.has(key)) return 0;
    this.#end(key);
    return 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const all = [...this.#links.values()];
    this.#links.clear();
    for (const { listeners } of all) listeners.close();
    await Promise.all(all.map(({ link }) => link[Symbol.asyncDispose]()));
  }

  #opened(): KeptLink {
    this.#makeRoom();
    const listeners = new AgentListeners();
    return { link: this.#open(listeners), listeners, users: 0, lastUsedMs: 0 };
  }

  #makeRoom(): void {
    if (this.#links.size < maxLinks) return;
    const [resting] = this.#links.entries().find(([, { users }]) => users === 0) ?? [];
    if (resting === undefined) throw outcomeError({ kind: 'failed', reason: 'BACKEND_UNAVAILABLE' });
    this.#end(resting);
  }

  #endIdle(): void {
    for (const [key, { users, lastUsedMs }] of this.#links)
      if (users === 0 && performance.now() - lastUsedMs > idleMs) this.#end(key);
  }

  #end(key: string): void {
    const kept = this.#links.get(key);
    this.#links.delete(key);
    kept?.listeners.close();
    void kept?.link[Symbol.asyncDispose]();
  }
}

function keyOf({ principal, run }: Caller): string {
  return JSON.stringify([principal, run]);
}
