import type { AgentSession } from '../agent/agent-session.ts';
import type { AgentSessions } from '../agent/agent-sessions.ts';
import type { Caller } from '../http/caller.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';

/** The agent session of a caller. Throws what the client is told when there are too many. */
export function expectAgent(agents: AgentSessions, { principal, run }: Caller): AgentSession {
  const agent = agents.find(principal, run);
  if (agent !== undefined) return agent;
  const sentence = 'there are too many agent sessions: end some runs, or ask the operator to';
  throw new RpcError(rpcCodes.internalError, sentence);
}
