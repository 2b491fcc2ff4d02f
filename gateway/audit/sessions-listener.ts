import type { AgentSession } from '../agent/agent-session.ts';
import type { AgentSessionsListener } from '../agent/agent-sessions.ts';
import type { SessionEvent } from './audit-event.ts';
import type { AuditTrail } from './audit-trail.ts';

/** Has the beginnings and ends of agent sessions written down. */
export function sessionsListener(trail: AuditTrail | undefined): AgentSessionsListener | undefined {
  if (trail === undefined) return undefined;
  return {
    begun: (agent) => trail.record(eventOf('session-begun', agent)),
    ended: (agent) => trail.record(eventOf('session-ended', agent)),
  };
}

function eventOf(kind: SessionEvent['kind'], { principal, run, labels }: AgentSession): SessionEvent {
  return { kind, principal, run, labels };
}
