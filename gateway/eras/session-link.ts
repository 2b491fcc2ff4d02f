import type { ServerLink } from '../backend/server-link.ts';
import type { AgentListeners } from './agent-listeners.ts';

/** A connection with a session that the requests of an agent without sessions have in common. */
export interface SessionLink {
  readonly link: ServerLink;
  /** Who hears on it what no request has caused. */
  readonly listeners: AgentListeners;
}
