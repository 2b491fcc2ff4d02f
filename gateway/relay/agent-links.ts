import type { Caller } from '../caller.ts';
import type { ServerLink } from '../server-link.ts';

/** Connections to one server that are kept for agents without sessions, and for how long nobody may use one. */
const maxLinks = 1_000;
const idleMs = 10 * 60 * 1000;
const tickMs = 60 * 1000;

interface KeptLink {
  readonly link: ServerLink;
  users: number;
  lastUsedMs: number;
}

/** A connection that is kept for as long as somebody holds it. */
export interface LeasedLink extends Disposable {
  readonly link: ServerLink;
}

/** The connections of agents whose clients have no sessions, to a server that has: one for each agent, while it is in use. */
export class AgentLinks implements AsyncDisposable {
  readonly #open: (caller: Caller) => ServerLink;
  /** The one that rested longest is the first. */
  readonly #links = new Map<string, KeptLink>();
  readonly #timer: NodeJS.Timeout;

  constructor(open: (caller: Caller) => ServerLink) {
    this.#open = open;
    this.#timer = setInterval(() => this.#endIdle(), tickMs).unref();
  }

  lease(caller: Caller): LeasedLink {
    const key = keyOf(caller);
    const kept = this.#links.get(key) ?? { link: this.#open(caller), users: 0, lastUsedMs: 0 };
    kept.users++;
    this.#links.delete(key);
    this.#links.set(key, kept);
    this.#makeRoom();
    const giveBack = () => {
      kept.users--;
      kept.lastUsedMs = performance.now();
    };
    return { link: kept.link, [Symbol.dispose]: giveBack };
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
    await Promise.all([...this.#links.values()].map(({ link }) => link[Symbol.asyncDispose]()));
    this.#links.clear();
  }

  #makeRoom(): void {
    for (const [key, { users }] of this.#links) {
      if (this.#links.size <= maxLinks) return;
      if (users === 0) this.#end(key);
    }
  }

  #endIdle(): void {
    for (const [key, { users, lastUsedMs }] of this.#links)
      if (users === 0 && performance.now() - lastUsedMs > idleMs) this.#end(key);
  }

  #end(key: string): void {
    void this.#links.get(key)?.link[Symbol.asyncDispose]();
    this.#links.delete(key);
  }
}

function keyOf({ principal, run }: Caller): string {
  return JSON.stringify([principal, run]);
}
