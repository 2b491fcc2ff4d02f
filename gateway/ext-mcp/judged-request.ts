import type { AgentSessions } from '../agent/agent-sessions.ts';
import type { ServerLink } from '../backend/server-link.ts';
import type { Caller } from '../http/caller.ts';
import { outsideAudience } from '../monitor/audience.ts';
import { renderOutcome } from '../outcome.ts';
import { expectParams, expectToolCall } from '../relay/client-params.ts';
import { outcomeError } from '../relay/outcome-error.ts';
import type { ReplaceableOffer } from '../relay/replaceable-offer.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';

/** A request to be judged, and the way on which it would reach its server. */
export interface RequestToJudge {
  readonly offer: ReplaceableOffer;
  readonly agents: AgentSessions;
  readonly caller: Caller;
  readonly method: string;
  /** Undefined: whoever asks does not show them. */
  readonly params: string | undefined;
  readonly link: ServerLink;
}

/** Methods whose params a server gets although nobody has judged them: nothing may be in them that it must not have. */
const unjudged: ReadonlySet<string> = new Set(['initialize', 'server/discover', 'tools/list']);

/** What brings a server's words to the client later, on which nobody is asked. */
const subscriptions: ReadonlySet<string> = new Set(['resources/subscribe', 'subscriptions/listen']);

/**
 * Has a request judged as if it came over MCP: the result as JSON text. Throws the RpcError that the client is told; a tool
 * call's denials are results.
 */
export async function judgedRequest(request: RequestToJudge, signal: AbortSignal): Promise<string> {
  const { offer, caller, method, params, link } = request;
  if (subscriptions.has(method))
    throw new RpcError(
      rpcCodes.methodNotFound,
      `${method} is not possible behind agentgateway: it would deliver what nobody judges`,
    );
  if (unjudged.has(method)) expectSendable(request);
  const asked = { method, caller, link };
  if (method === 'tools/call') {
    const call = expectToolCall(params);
    const refusal = await refusalOfAnswers(request, call.params, signal);
    return refusal === undefined ? offer.callTool({ ...asked, ...call }, signal) : renderOutcome(refusal);
  }
  const read = { ...asked, params: expectParams(params) };
  // Whoever asks has no place for an empty list before the server has answered.
  if (method === 'tools/list') return offer.listTools({ ...read, isRefusalTold: true }, signal);
  if (method === 'initialize' || method === 'server/discover') {
    const result = await offer.welcome(read, signal);
    if (result === undefined) throw outcomeError({ kind: 'failed', reason: 'GUARD_UNAVAILABLE' });
    return result;
  }
  const refusal = await refusalOfAnswers(request, read.params, signal);
  if (refusal !== undefined) throw outcomeError(refusal);
  return offer.request(read, signal);
}

/** Over MCP the gateway sends words of its own to a server that the agent may send nothing to; here it sends nothing. */
function expectSendable({ offer, agents, caller }: RequestToJudge): void {
  const { labels } = agents.peek(caller.principal, caller.run) ?? {};
  const { audience } = offer.server.config;
  const tags = labels === undefined ? [] : outsideAudience(labels.secrecy, audience);
  if (tags.length > 0) throw outcomeError({ kind: 'denied', reason: 'AUDIENCE', tags });
}

/** What a server has asked the client for is written to it, whatever the rest of the request is. */
async function refusalOfAnswers(
  { offer, caller }: RequestToJudge,
  params: string,
  signal: AbortSignal,
): ReturnType<ReplaceableOffer['refusedAnswer']> {
  const responses = rawMembers(params).get('inputResponses');
  if (responses === undefined) return undefined;
  return offer.refusedAnswer(`{"inputResponses":${responses}}`, caller, signal);
}
