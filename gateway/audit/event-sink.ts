import type { AgentSessionsListener } from '../agent/agent-sessions.ts';
import type { AuditEvent } from './audit-event.ts';

/** Is told what is decided and who is there, with or without an audit trail; it must take no time, and not throw. */
export interface EventSink extends AgentSessionsListener {
  /** `agent` is the agent session itself, where the event is about what it did: a name may be another session's by now. */
  record(event: AuditEvent, agent?: object): void;
}
