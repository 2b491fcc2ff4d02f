import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import type { AgentSession } from './agent-session.ts';
import type { AgentSessions } from './agent-sessions.ts';
import type { Tool, ToolCall } from './backend.ts';
import type { Caller } from './caller.ts';
import { asGatewayError, GatewayError } from './gateway-error.ts';
import type { GuardedServer } from './guarded-server.ts';
import type { Log } from './log.ts';
import { type Outcome, failed, renderOutcome } from './outcome.ts';
import { toolCall, type Rules } from './tool-call.ts';

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
      throw new McpError(ErrorCode.InternalError, asGatewayError(error).message);
    });
    return tools.filter(({ name }) => isOffered(server, name));
  }

  /** The tool result as JSON text. Throws McpError -32602 for a tool that is not offered. */
  async call(server: GuardedServer, request: { call: ToolCall; caller: Caller }, signal: AbortSignal): Promise<string> {
    const { call, caller } = request;
    const agent = this.#agent(caller);
    const outcome = await this.#judge(server, { call, agent }, signal);
    this.#log.write('info', `${call.tool}: ${outcome.kind}`, fieldsOf(outcome, server));
    return renderOutcome(outcome);
  }

  async #judge(server: GuardedServer, { call, agent }: { call: ToolCall; agent: AgentSession }, signal: AbortSignal): Promise<Outcome> {
    const limited = withTimeout(signal, server);
    try {
      await expectOffered(server, call.tool, limited);
      agent.count(server, call.tool);
      return await toolCall({ call, server, agent, rules: this.#rules }, limited);
    } catch (error) {
      if (error instanceof McpError) throw error;
      const { code, message, cause } = limited.aborted ? timeoutOrCancel(signal, server) : asGatewayError(error);
      this.#log.write('warn', `${call.tool} failed: ${message}`, { server: server.config.name, reason: code });
      if (code === 'INTERNAL') this.#log.write('error', String(cause instanceof Error ? cause.stack : cause));
      return failed(code);
    }
  }

  #agent({ principal, run }: Caller): AgentSession {
    const agent = this.#agents.find(principal, run);
    if (agent !== undefined) return agent;
    throw new McpError(ErrorCode.InternalError, 'there are too many agent sessions: end some runs, or ask the operator to');
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
  throw new McpError(ErrorCode.InvalidParams, `the server has no tool ${JSON.stringify(tool)}: see tools/list`);
}

function fieldsOf(outcome: Outcome, server: GuardedServer): Record<string, string | number> {
  const reason = outcome.kind === 'result' ? {} : { reason: outcome.reason };
  return { server: server.config.name, ...reason };
}
