import { McpError } from '@modelcontextprotocol/sdk/types.js';
import type { AgentSession } from './agent-session.ts';
import type { AgentSessions } from './agent-sessions.ts';
import type { Tool, ToolCall } from './backend.ts';
import type { Caller } from './caller.ts';
import { asGatewayError, GatewayError } from './gateway-error.ts';
import type { GuardedServer } from './guarded-server.ts';
import type { Log } from './log.ts';
import { type Outcome, renderOutcome } from './outcome.ts';
import { ResponseError } from './response/response-error.ts';
import { RpcError, rpcCodes } from './rpc-error.ts';
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
    const limited = withTimeout(signal, server);
    try {
      await this.#agent(caller).guardOf(server, limited);
    } catch {
      return [];
    }
    const tools = await server.backend.listTools(limited).catch((error) => {
      throw new RpcError(rpcCodes.internalError, asGatewayError(error).message);
    });
    return tools.filter(({ name }) => isOffered(server, name));
  }

  /** The tool result as JSON text. Throws RpcError -32602 for a tool that is not offered. */
  async call(
    server: GuardedServer,
    request: { call: ToolCall; caller: Caller },
    signal: AbortSignal,
  ): Promise<string> {
    const { call, caller } = request;
    const agent = this.#agent(caller);
    const outcome = await this.#judge(server, { call, agent }, signal);
    this.#log.write('info', `${call.tool}: ${outcome.kind}`, fieldsOf(outcome, server));
    return renderOutcome(outcome);
  }

  async #judge(
    server: GuardedServer,
    { call, agent }: { call: ToolCall; agent: AgentSession },
    signal: AbortSignal,
  ): Promise<Outcome> {
    const limited = withTimeout(signal, server);
    let wasCalled = false;
    const onWrite = () => {
      wasCalled = true;
    };
    try {
      await expectOffered(server, call.tool, limited);
      expectWithinLimit(server, agent, call.tool);
      return await toolCall({ call, server, agent, rules: this.#rules, onWrite }, limited);
    } catch (error) {
      const failure = limited.aborted ? timeoutOrCancel(signal, server) : asFailure(error, server);
      this.#log.write('warn', `${call.tool}: ${failure.message}`, {
        server: server.config.name,
        reason: failure.code,
      });
      if (failure.code === 'INTERNAL') this.#log.write('error', stackOf(failure.cause));
      return { kind: 'failed', reason: failure.code, wasCalled };
    }
  }

  #agent({ principal, run }: Caller): AgentSession {
    const agent = this.#agents.find(principal, run);
    if (agent !== undefined) return agent;
    throw new RpcError(
      rpcCodes.internalError,
      'there are too many agent sessions: end some runs, or ask the operator to',
    );
  }
}

function withTimeout(signal: AbortSignal, { config }: GuardedServer): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(config.toolTimeoutMs)]);
}

function timeoutOrCancel(signal: AbortSignal, { config }: GuardedServer): GatewayError {
  if (signal.aborted) return new GatewayError('CANCELLED', 'the client cancelled the call');
  return new GatewayError('DEADLINE_EXCEEDED', `the call did not end within ${config.toolTimeoutMs} ms`);
}

function isOffered({ config }: GuardedServer, tool: string): boolean {
  return config.tools === undefined || config.tools.includes(tool);
}

/** The same words for a tool that the server does not have and one that is off its list. */
async function expectOffered(server: GuardedServer, tool: string, signal: AbortSignal): Promise<void> {
  if (isOffered(server, tool) && (await server.backend.findTool(tool, signal)) !== undefined) return;
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

/** Why a call failed. Throws what is no failure but the client's: an unknown tool, a noop server's own error. */
function asFailure(error: unknown, { config }: GuardedServer): GatewayError {
  if (error instanceof RpcError) throw error;
  if (error instanceof ResponseError) return new GatewayError(error.reason, error.message, { cause: error });
  const failure = asGatewayError(error);
  if (config.guard.kind === 'noop' && failure.cause instanceof McpError) throw RpcError.from(failure.cause);
  return failure;
}

function stackOf(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? error.stack : String(error);
}

function fieldsOf(outcome: Outcome, server: GuardedServer): Record<string, string | number> {
  const reason = outcome.kind === 'result' ? {} : { reason: outcome.reason };
  return { server: server.config.name, ...reason };
}
