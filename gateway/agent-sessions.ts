import { AgentSession } from './agent-session.ts';
import type { GuardedServer } from './guarded-server.ts';

/** An agent session that nobody used for so long has ended, in milliseconds: six hours, as MCP sessions elsewhere. */
const idleMs = 6 * 60 * 60 * 1000;
/** How often idle ones are looked for at most, in milliseconds. */
const sweepPauseMs = 60 * 1000;
/** Agent sessions at once. Dropping one would wash its agent clean, so a new one is refused instead. */
const maxAgentSessions = 10_000;

interface Entry {
  readonly agent: AgentSession;
  lastUsedMs: number;
}

/** The agent sessions by principal and run. */
export class AgentSessions implements Disposable {
  readonly #servers: readonly GuardedServer[];
  readonly #entries = new Map<string, Entry>();
  #sweptAtMs = 0;

  constructor(servers: readonly GuardedServer[]) {
    this.#servers = servers;
  }

  /** The agent's session, begun where there is none. Nothing when there are too many. */
  find(principal: string, run: string): AgentSession | undefined {
    const key = keyOf(principal, run);
    this.#endIdle();
    const entry = this.#entries.get(key) ?? this.#begin(key, principal);
    if (entry === undefined) return undefined;
    entry.lastUsedMs = performance.now();
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

  #begin(key: string, principal: string): Entry | undefined {
    if (this.#entries.size >= maxAgentSessions) return undefined;
    const entry = { agent: new AgentSession(principal, this.#servers), lastUsedMs: performance.now() };
    this.#entries.set(key, entry);
    return entry;
  }

  #endIdle(): void {
    const now = performance.now();
    if (now - this.#sweptAtMs < sweepPauseMs) return;
    this.#sweptAtMs = now;
    for (const [key, { agent, lastUsedMs }] of this.#entries) {
      if (now - lastUsedMs < idleMs) continue;
      this.#entries.delete(key);
      agent[Symbol.dispose]();
    }
  }
}

function keyOf(principal: string, run: string): string {
  return JSON.stringify([principal, run]);
}
