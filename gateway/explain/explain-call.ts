/** Asks the guards about a call and judges it by the path of a tool call, whose third question is never carried out. */
import type { ServerConfig } from '../config/gateway-config.ts';
import { decide, type ResourceAccess } from '../monitor/access.ts';
import type { Labels } from '../monitor/labels.ts';
import { floorMode } from '../monitor/mode.ts';
import type { Outcome } from '../outcome.ts';
import { asFailure, noteFailure } from '../relay/call-failure.ts';
import { callLimit, isOffered } from '../relay/tool-caller.ts';
import { timeLimit } from '../time-limit.ts';
import { type Rules, toolCall } from '../tool-call.ts';
import type { ExplainRequest } from './explain-request.ts';
import { explainResponse } from './explain-response.ts';
import { ExplainedAgent } from './explained-agent.ts';
import type { ExplainedResponse, Explanation, Grant, Verdict } from './explanation.ts';
import { type ExplainSurroundings, WitnessedServer } from './witnessed-server.ts';

/** Everything was asked that is asked before the tool is called. */
class WouldBeCalled extends Error {}

/** Explains a call to one of the configured servers. Throws an Error of one sentence for a call that no client could make. */
export async function explainCall(
  request: ExplainRequest,
  { servers, rules, around }: { servers: readonly ServerConfig[]; rules: Rules; around: ExplainSurroundings },
  signal: AbortSignal,
): Promise<Explanation> {
  const { as } = request;
  const config = expectServer(request, servers);
  // An agent's labels are what all of its guards grant.
  const others = as === undefined ? servers.filter((each) => each !== config) : [];
  await using parts = new AsyncDisposableStack();
  const [server, ...rest] = [config, ...others].map((each) =>
    parts.use(new WitnessedServer(each, { ...around, as })),
  );
  if (server === undefined) throw new Error('no server is configured');
  expectOffered(server, request);
  const asked = [server, ...rest];
  using agent = new ExplainedAgent(request, asked);
  const { verdict, labels } = await judge({ request, rules, server, agent, log: around.log }, signal);
  const access = accessOf({ server, rules, labels });
  const response = access && explainedResponse({ server, access, request });
  return {
    server: config.name,
    tool: request.call.tool,
    guardKind: config.guard.kind,
    callLimit: callLimit(server, request.call.tool),
    grants: asked.flatMap(grantOf),
    agent: { labels, areGiven: as !== undefined },
    mode: server.guard && floorMode(rules.operatorMode, server.guard.mode),
    resource: server.guard?.resource,
    access: access && decide(access),
    reads: around.reads.noted,
    areReadsAllowed: around.reads.areAllowed,
    response,
    verdict: withTags(verdict, response),
  };
}

interface Judged {
  readonly request: ExplainRequest;
  readonly rules: Rules;
  readonly server: WitnessedServer;
  readonly agent: ExplainedAgent;
  readonly log: ExplainSurroundings['log'];
}

/** The verdict, and the labels that the agent had. */
async function judge(
  { request, rules, server, agent, log }: Judged,
  signal: AbortSignal,
): Promise<{ verdict: Verdict; labels: Labels }> {
  using limit = timeLimit(server.config.toolTimeoutMs, signal);
  const { call, result } = request;
  const perform = async () => {
    if (result === undefined) throw new WouldBeCalled();
    return result;
  };
  let { labels } = agent;
  try {
    await agent.guardOf(server, limit.signal);
    labels = agent.labels;
    const guarded = { call, perform, isIndivisible: false, server, agent, rules, onWrite: () => undefined };
    return { verdict: verdictOf(await toolCall(guarded, limit.signal), agent), labels };
  } catch (error) {
    if (error instanceof WouldBeCalled) return { verdict: { kind: 'allowed', delivered: undefined }, labels };
    const failure = asFailure(error, { server, signal, limited: limit.signal });
    const { code: reason, message: problem } = noteFailure(call.tool, failure, { server, log });
    return { verdict: { kind: 'failed', reason, problem }, labels };
  }
}

function verdictOf(outcome: Outcome, agent: ExplainedAgent): Verdict {
  switch (outcome.kind) {
    case 'result': {
      const { text, isChanged } = outcome;
      return { kind: 'allowed', delivered: { text, isChanged, agentAfter: agent.after ?? agent.labels } };
    }
    case 'denied':
      return { ...outcome, tags: outcome.tags ?? [] };
    case 'failed':
      return { ...outcome, problem: '' };
  }
}

function accessOf({
  server,
  rules,
  labels,
}: {
  server: WitnessedServer;
  rules: Rules;
  labels: Labels;
}): ResourceAccess | undefined {
  const { guard } = server;
  if (guard?.resource === undefined) return undefined;
  const { resource, operation } = guard.resource;
  const mode = floorMode(rules.operatorMode, guard.mode);
  return { mode, operation, resource, agent: labels, audience: server.config.audience };
}

/** Nothing where the path of the call did not come to it. */
function explainedResponse({
  server,
  access,
  request: { result },
}: {
  server: WitnessedServer;
  access: ResourceAccess;
  request: ExplainRequest;
}): ExplainedResponse | undefined {
  const labels = server.guard?.response;
  if (result === undefined) return undefined;
  if (access.operation === 'write') return { kind: 'write', items: [], isRestCut: false };
  return labels && explainResponse(access, result, labels);
}

/** A response that is denied is denied for its items, where there are tags to name. */
function withTags(verdict: Verdict, response: ExplainedResponse | undefined): Verdict {
  if (verdict.kind !== 'denied' || verdict.tags.length > 0) return verdict;
  const tags = response?.items.flatMap(({ broken }) => broken?.tags ?? []) ?? [];
  return { ...verdict, tags: [...new Set(tags)].sort() };
}

function grantOf({ config: { name, guard: kind }, guard, problem }: WitnessedServer): Grant[] {
  if (guard !== undefined && kind.kind !== 'noop')
    return [{ server: name, kind: 'granted', labels: guard.grant, mode: guard.mode }];
  if (problem === undefined) return [];
  return [{ server: name, kind: 'failed', reason: problem.code, problem: problem.message }];
}

function expectServer({ server }: ExplainRequest, servers: readonly ServerConfig[]): ServerConfig {
  const config = servers.find(({ name }) => name === server);
  if (config !== undefined) return config;
  const known = servers.map(({ name }) => name).sort();
  throw new Error(
    `--server: no server ${JSON.stringify(server)} is configured; there are: ${known.join(', ')}`,
  );
}

function expectOffered(server: WitnessedServer, { call: { tool } }: ExplainRequest): void {
  if (isOffered(server, tool)) return;
  const sentence = `is not among the tools of ${server.config.name} in the configuration: agents are told that there is none`;
  throw new Error(`--tool: ${JSON.stringify(tool)} ${sentence}`);
}
