import type { AgentSession } from './agent-session.ts';
import type { AgentSessions } from './agent-sessions.ts';
import type { Tool, ToolCall } from './backend.ts';
import { asFailure, noteFailure } from './call-failure.ts';
import type { Caller } from './caller.ts';
import { expectAgent } from './expect-agent.ts';
import type { GuardedServer } from './guarded-server.ts';
import type { Log } from './log.ts';
import { type Outcome, renderOutcome } from './outcome.ts';
import { acceptedResult } from './output-schema.ts';
import { RpcError, rpcCodes } from './rpc-error.ts';
import { timeLimit } from './time-limit.ts';
import { type Rules, toolCall } from './tool-call.ts';

/** Wraps the path of a tool call: who calls, whether the tool is offered, how long it may take, what went wrong. */
export class ToolCaller {
  readonly #agents: AgentSessions;
  readonly #rules: Rules;
  readonly #log: Log;

  constructor(agents: AgentSessions, rules: Rules, log: Log) {
    this.#agents = agents;
    this.#rules = rules;
    this.#log = log;
  }

  /** The tools that the server offers to clients; none when its guard cannot be had. */
  async listTools(server: GuardedServer, caller: Caller, signal: AbortSignal): Promise<Tool[]> {
    const agent = expectAgent(this.#agents, caller);
    using limit = timeLimit(server.config.toolTimeoutMs, signal);
    const limited = limit.signal;
    try {
      await agent.guardOf(server, limited);
    } catch {
      return [];
    }
    try {
      const tools = await server.backend.listTools(limited);
      return tools.filter(({ name }) => isOffered(server, name));
    } catch (error) {
      const { code } = noteFailure('tools/list', asFailure(error, { server, signal, limited }), {
        server,
        log: this.#log,
      });
      const sentence = 'the tools of this server cannot be listed now: try again later, or tell the user';
      throw new RpcError(rpcCodes.internalError, sentence, { 'sluice.dev/reason': code });
    }
  }

  /** The tool result as JSON text. Throws RpcError -32602 for a tool that is not offered. */
  async call(
    server: GuardedServer,
    request: { call: ToolCall; caller: Caller },
    signal: AbortSignal,
  ): Promise<string> {
    const { call, caller } = request;
    const agent = expectAgent(this.#agents, caller);
    const outcome = await this.#judge(server, { call, agent }, signal);
    this.#log.write('info', `${call.tool}: ${outcome.kind}`, fieldsOf(outcome, server));
    return renderOutcome(outcome);
  }

  async #judge(
    server: GuardedServer,
    { call, agent }: { call: ToolCall; agent: AgentSession },
    signal: AbortSignal,
  ): Promise<Outcome> {
    using limit = timeLimit(server.config.toolTimeoutMs, signal);
    const limited = limit.signal;
    let wasCalled = false;
    const onWrite = () => {
      wasCalled = true;
    };
    try {
      const tool = await expectOffered(server, call.tool, limited);
      expectWithinLimit(server, agent, call.tool);
      const perform = (signal: AbortSignal) => server.backend.callTool(call, signal);
      const guarded = { call, perform, isIndivisible: false, server, agent, rules: this.#rules, onWrite };
      const outcome = await toolCall(guarded, limited);
      const isChanged = outcome.kind === 'result' && outcome.isChanged;
      return isChanged ? { ...outcome, text: acceptedResult(outcome.text, tool) } : outcome;
    } catch (error) {
      const { code } = noteFailure(call.tool, asFailure(error, { server, signal, limited }), {
        server,
        log: this.#log,
      });
      return { kind: 'failed', reason: code, wasCalled };
    }
  }
}

function isOffered({ config }: GuardedServer, tool: string): boolean {
  return config.tools === undefined || config.tools.includes(tool);
}

/** The same words for a tool that the server does not have and one that is off its list. */
async function expectOffered(server: GuardedServer, tool: string, signal: AbortSignal): Promise<Tool> {
  const offered = isOffered(server, tool) ? await server.backend.findTool(tool, signal) : undefined;
  if (offered !== undefined) return offered;
  throw new RpcError(
    rpcCodes.invalidParams,
    `the server has no tool ${JSON.stringify(tool)}: see tools/list`,
  );
}

/** From an allow-only policy: how often one agent may call a tool. */
function expectWithinLimit(server: GuardedServer, agent: AgentSession, tool: string): void {
  const { guard } = server.config;
  const limits = guard.kind === 'wasm' ? guard.toolCallLimits : [];
  const limit = limits.find(([name]) => name === tool)?.[1];
  if (limit === undefined || agent.countCall(server, tool) <= limit) return;
  throw new RpcError(
    rpcCodes.invalidParams,
    `${tool} may be called ${limit} times in one agent session: do without it`,
  );
}

function fieldsOf(outcome: Outcome, server: GuardedServer): Record<string, string | number> {
  const reason = outcome.kind === 'result' ? {} : { reason: outcome.reason };
  return { server: server.config.name, ...reason };
}
