import type { AgentSession } from '../agent/agent-session.ts';
import type { AgentSessionsListener } from '../agent/agent-sessions.ts';
import type { SessionEvent } from './audit-event.ts';
import type { Auditors } from './audited-work.ts';

/** Has the beginnings and ends of agent sessions written down, and shown. */
export function sessionsListener({ audit, activity }: Auditors): AgentSessionsListener {
  return {
    begun: (agent) => {
      audit?.record(eventOf('session-begun', agent));
      activity?.begun(agent);
    },
    ended: (agent) => {
      audit?.record(eventOf('session-ended', agent));
      activity?.ended(agent);
    },
  };
}

function eventOf(kind: SessionEvent['kind'], { principal, run, labels }: AgentSession): SessionEvent {
  return { kind, principal, run, labels };
}
