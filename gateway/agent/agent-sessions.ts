import type { GuardedServer } from '../guarded-server.ts';
import type { Labels } from '../monitor/labels.ts';
import { AgentSession } from './agent-session.ts';

/** An agent session that nobody used for so long has ended, in milliseconds: six hours, as MCP sessions elsewhere. */
const idleMs = 6 * 60 * 60 * 1000;
/** Agent sessions at once. Dropping one would wash its agent clean, so a new one is refused instead. */
const maxAgentSessions = 10_000;

interface Entry {
  readonly principal: string;
  readonly run: string;
  readonly agent: AgentSession;
  lastUsedMs: number;
}

/** What an operator may know of an agent session. */
export interface AgentRecord {
  readonly principal: string;
  readonly run: string;
  readonly labels: Labels;
  /** For how long nobody used it, in milliseconds. */
  readonly idleMs: number;
}

/** Told of each agent session that begins or ends. */
export interface AgentSessionsListener {
  begun(agent: AgentSession): void;
  ended(agent: AgentSession): void;
}

/** The agent sessions by principal and run. */
export class AgentSessions implements Disposable {
  readonly #servers: readonly GuardedServer[];
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #listener: AgentSessionsListener | undefined;

  /** `now` is a clock in milliseconds that never goes back. */
  constructor(
    servers: readonly GuardedServer[],
    now = () => performance.now(),
    listener?: AgentSessionsListener,
  ) {
    this.#servers = servers;
    this.#now = now;
    this.#listener = listener;
  }

  /** The agent's session, begun where there is none. Nothing when there are too many. */
  find(principal: string, run: string): AgentSession | undefined {
    this.#endIdle();
    const key = keyOf(principal, run);
    const entry = this.#entries.get(key) ?? this.#begin(principal, run);
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

  /** All agent sessions, the one that rested longest first; this is no use of them. */
  list(): readonly AgentRecord[] {
    this.#endIdle();
    const nowMs = this.#now();
    return [...this.#entries.values()].map(({ principal, run, agent, lastUsedMs }) => ({
      principal,
      run,
      labels: agent.labels,
      idleMs: nowMs - lastUsedMs,
    }));
  }

  /** Ends an agent session: the next request of its principal and run begins another. False where there is none. */
  end(principal: string, run: string): boolean {
    const key = keyOf(principal, run);
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#end(key, entry);
    return entry !== undefined;
  }

  /** A server is not configured any more. */
  forget(server: GuardedServer): void {
    for (const { agent } of this.#entries.values()) agent.forget(server);
  }

  [Symbol.dispose](): void {
    for (const [key, entry] of this.#entries) this.#end(key, entry);
  }

  #begin(principal: string, run: string): Entry | undefined {
    if (this.#entries.size >= maxAgentSessions) return undefined;
    const agent = new AgentSession(principal, this.#servers, run);
    this.#listener?.begun(agent);
    return { principal, run, agent, lastUsedMs: this.#now() };
  }

  #endIdle(): void {
    const oldestMs = this.#now() - idleMs;
    for (const [key, entry] of this.#entries) {
      if (entry.lastUsedMs > oldestMs) return;
      this.#end(key, entry);
    }
  }

  #end(key: string, { agent }: Entry): void {
    this.#entries.delete(key);
    agent[Symbol.dispose]();
    this.#listener?.ended(agent);
  }
}

function keyOf(principal: string, run: string): string {
  return JSON.stringify([principal, run]);
}
