import { AgentSession } from './agent-session.ts';
import type { GuardedServer } from './guarded-server.ts';

/** An agent session that nobody used for so long has ended, in milliseconds: six hours, as MCP sessions elsewhere. */
const idleMs = 6 * 60 * 60 * 1000;
/** Agent sessions at once. Dropping one would wash its agent clean, so a new one is refused instead. */
const maxAgentSessions = 10_000;

interface Entry {
  readonly agent: AgentSession;
  lastUsedMs: number;
}

/** The agent sessions by principal and run. */
export class AgentSessions implements Disposable {
  readonly #servers: readonly GuardedServer[];
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();

  /** `now` is a clock in milliseconds that never goes back. */
  constructor(servers: readonly GuardedServer[], now = () => performance.now()) {
    this.#servers = servers;
    this.#now = now;
  }

  /** The agent's session, begun where there is none. Nothing when there are too many. */
  find(principal: string, run: string): AgentSession | undefined {
    this.#endIdle();
    const key = keyOf(principal, run);
    const entry = this.#entries.get(key) ?? this.#begin(principal);
    if (entry === undefined) return undefined;
    entry.lastUsedMs = this.#now();
    // The one that rested longest stays first.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.agent;
  }

  /** The agent's session, if there is one; this is no use of it. */
  peek(principal: string, run: string): AgentSession | undefined {
    return this.#entries.get(keyOf(principal, run))?.agent;
  }

  [Symbol.dispose](): void {
    for (const { agent } of this.#entries.values()) agent[Symbol.dispose]();
    this.#entries.clear();
  }

  #begin(principal: string): Entry | undefined {
    if (this.#entries.size >= maxAgentSessions) return undefined;
    return { agent: new AgentSession(principal, this.#servers), lastUsedMs: this.#now() };
  }

  #endIdle(): void {
    const oldestMs = this.#now() - idleMs;
    for (const [key, { agent, lastUsedMs }] of this.#entries) {
      if (lastUsedMs > oldestMs) return;
      this.#entries.delete(key);
      agent[Symbol.dispose]();
    }
  }
}

function keyOf(principal: string, run: string): string {
  return JSON.stringify([principal, run]);
}
