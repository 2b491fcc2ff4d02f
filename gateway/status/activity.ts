import type { AgentSession } from '../agent/agent-session.ts';
import type { AuditEvent } from '../audit/audit-event.ts';
import type { EventSink } from '../audit/event-sink.ts';
import { agentAddress } from '../control/agent-address.ts';
import { type Mark, markOf } from './mark.ts';
import { SessionHistory } from './session-history.ts';
import { maxMarks, maxRecentMarks } from './status-limits.ts';

/** What agents did and became, as far as it is kept: for the status page, with or without an audit trail. */
export class Activity implements EventSink {
  readonly startedMs = Date.now();
  readonly #maxMarks: number;
  /** By the agent's address. */
  readonly #histories = new Map<string, SessionHistory>();
  /** All that is kept of living sessions, the oldest first. */
  readonly #kept = new Map<Mark, SessionHistory>();
  readonly #recent: Mark[] = [];
  readonly #watchers = new Set<() => void>();
  #number = 0;

  constructor(limit = maxMarks) {
    this.#maxMarks = limit;
  }

  /** The last events of all agents, the newest first. */
  get recent(): readonly Mark[] {
    return this.#recent.toReversed();
  }

  historyOf(agent: { readonly principal: string; readonly run: string }): SessionHistory | undefined {
    return this.#histories.get(agentAddress(agent));
  }

  /** Tells of each change, until it is disposed of; within the call that changed it, so it must do next to nothing. */
  watch(changed: () => void): Disposable {
    this.#watchers.add(changed);
    return { [Symbol.dispose]: () => this.#watchers.delete(changed) };
  }

  begun(agent: AgentSession): void {
    this.#histories.set(agentAddress(agent), new SessionHistory(agent));
    this.#tell();
  }

  ended(agent: AgentSession): void {
    const history = this.historyOf(agent);
    if (history?.agent !== agent) return;
    this.#histories.delete(agentAddress(agent));
    for (const mark of history.marks) this.#kept.delete(mark);
    this.#tell();
  }

  record(event: AuditEvent, agent?: object): void {
    const mark = markOf(event, this.#number + 1);
    if (mark === undefined) return;
    this.#number++;
    this.#recent.push(mark);
    if (this.#recent.length > maxRecentMarks) this.#recent.shift();
    const history = this.historyOf(event);
    // What was still under way when its session ended is not the next one's of the same name.
    if (history !== undefined && (agent === undefined || agent === history.agent))
      this.#keep(mark, event, history);
    this.#tell();
  }

  #keep(mark: Mark, event: AuditEvent, history: SessionHistory): void {
    this.#kept.set(mark, history);
    const forgotten = history.add(mark, event);
    if (forgotten !== undefined) this.#kept.delete(forgotten);
    if (this.#kept.size <= this.#maxMarks) return;
    for (const [oldest, its] of this.#kept) {
      its.forgetOldest();
      this.#kept.delete(oldest);
      return;
    }
  }

  #tell(): void {
    for (const changed of this.#watchers) changed();
  }
}
