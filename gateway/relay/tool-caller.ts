import type { AgentSession } from '../agent/agent-session.ts';
import type { AgentSessions } from '../agent/agent-sessions.ts';
import type { ToolCall } from '../backend/backend.ts';
import type { ToolDefinition } from '../backend/tool-definition.ts';
import { judgedParamHeaders } from '../eras/judged-param-headers.ts';
import type { GuardedServer } from '../guarded-server.ts';
import { type Outcome, renderOutcome } from '../outcome.ts';
import { acceptedResult } from '../output-schema.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import { nameTool } from '../telemetry/request-span.ts';
import { sendingTrace } from '../telemetry/trace-context.ts';
import { toolCall } from '../tool-call.ts';
import { traceIdOf } from './client-params.ts';
import type { ClientRequest } from './client-request.ts';
import { expectAgent } from './expect-agent.ts';
import { judgedWork, type ToolJudging, type WorkTerms } from './judged-work.ts';
import { judgingErrors } from './protocol-errors.ts';
import { performer } from './request-caller.ts';

/** A `tools/call`, and what of it the guard is asked about. */
export interface ToolRequest extends ClientRequest {
  readonly call: ToolCall;
}

/** Wraps the path of a tool call: who calls, whether the tool is offered, how long it may take, what went wrong. */
export class ToolCaller {
  readonly #agents: AgentSessions;
  readonly #judging: ToolJudging;

  constructor(agents: AgentSessions, judging: ToolJudging) {
    this.#agents = agents;
    this.#judging = judging;
  }

  /** The tool result as JSON text. Throws RpcError -32602 for a tool that is not offered. */
  async call(server: GuardedServer, request: ToolRequest, signal: AbortSignal): Promise<string> {
    const agent = expectAgent(this.#agents, request.caller);
    const { rules, log, audit, activity } = this.#judging;
    const shaping = this.#judging.shaping.of(server.config);
    const { call } = request;
    const work = async (terms: WorkTerms): Promise<Outcome> => {
      const { signal, onWrite, notes } = terms;
      using privileged = this.#judging.privileges.begin(request, { server, agent });
      const tool = await findOffered(server, request, signal);
      if (tool !== undefined) nameTool(request.method, tool.name);
      expectWithinLimit(server, agent, call.tool);
      if (tool !== undefined && !agent.pinTool(server, tool))
        return { kind: 'denied', reason: 'TOOL_CHANGED' };
      // Not before it is known to be offered: a tool that is off the list says nothing of itself.
      const headers = judgedParamHeaders(request, tool);
      using shaped = shaping.begin(call.tool, request.caller);
      const { perform, settle } = judgingErrors(
        shaped.around(sendingTrace(performer({ ...request, headers }, terms))),
      );
      const guarded = { call, perform, isIndivisible: false, server, agent, rules, onWrite, notes };
      const outcome = await shaped.shape(settle(await toolCall(guarded, signal)), signal);
      const isChanged = outcome.kind === 'result' && outcome.isChanged;
      if (!signal.aborted) privileged.settle(outcome);
      return isChanged
        ? { ...outcome, text: acceptedResult(outcome.text, tool && shaping.promised(tool)) }
        : outcome;
    };
    return renderOutcome(
      await judgedWork(
        { subject: call.tool, call, server, agent, trace: traceIdOf(request.params) },
        { log, audit, activity, work },
        signal,
      ),
    );
  }
}

export function isOffered({ config }: GuardedServer, tool: string): boolean {
  return config.tools === undefined || config.tools.includes(tool);
}

/**
 * The tool, when it is offered. The same words for one that the server does not have and one that is off its list; where
 * nothing is off the list and nobody guards, the server may say it itself.
 */
async function findOffered(
  server: GuardedServer,
  { call, link }: ToolRequest,
  signal: AbortSignal,
): Promise<ToolDefinition | undefined> {
  const tool = isOffered(server, call.tool) ? await link.findTool(call.tool, signal) : undefined;
  const { tools, guard } = server.config;
  if (tool !== undefined || (tools === undefined && guard.kind === 'noop')) return tool;
  throw new RpcError(
    rpcCodes.invalidParams,
    `the server has no tool ${JSON.stringify(call.tool)}: see tools/list`,
  );
}

/** From an allow-only policy: how often one agent may call a tool; undefined: as often as it likes. */
export function callLimit({ config: { guard } }: GuardedServer, tool: string): number | undefined {
  const limits = guard.kind === 'wasm' ? guard.toolCallLimits : [];
  return limits.find(([name]) => name === tool)?.[1];
}

function expectWithinLimit(server: GuardedServer, agent: AgentSession, tool: string): void {
  const limit = callLimit(server, tool);
  if (limit === undefined || agent.countCall(server, tool) <= limit) return;
  throw new RpcError(
    rpcCodes.invalidParams,
    `${tool} may be called ${limit} times in one agent session: do without it`,
  );
}
