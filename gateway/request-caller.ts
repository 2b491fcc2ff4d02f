import type { AgentSessions } from './agent-sessions.ts';
import { asFailure, noteFailure } from './call-failure.ts';
import type { Caller } from './caller.ts';
import { expectAgent } from './expect-agent.ts';
import type { GuardedServer } from './guarded-server.ts';
import type { Log } from './log.ts';
import { type Outcome, outcomeSentence } from './outcome.ts';
import { AnswerError } from './rpc/answer-error.ts';
import { RpcError, rpcCodes } from './rpc-error.ts';
import { timeLimit } from './time-limit.ts';
import { type Rules, toolCall } from './tool-call.ts';

/** The server capability that offers a method; guards are asked about the method as about a tool of its name. */
export const judgedMethods: ReadonlyMap<string, 'resources' | 'prompts' | 'completions'> = new Map([
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resources'],
  ['resources/read', 'resources'],
  ['prompts/list', 'prompts'],
  ['prompts/get', 'prompts'],
  ['completion/complete', 'completions'],
] as const);

/** One request that is no tool call. */
export interface JudgedRequest {
  readonly method: string;
  /** A JSON object, as text. */
  readonly params: string;
  readonly caller: Caller;
}

/**
 * Wraps the path of a request that is no tool call but tells something all the same: a resource, a prompt, a completion.
 * It is judged as a tool call is, by the method's name and its params; what comes back is delivered as a whole or not.
 */
export class RequestCaller {
  readonly #agents: AgentSessions;
  readonly #rules: Rules;
  readonly #log: Log;

  constructor(agents: AgentSessions, rules: Rules, log: Log) {
    this.#agents = agents;
    this.#rules = rules;
    this.#log = log;
  }

  /** The result as JSON text. Throws the RpcError that the client gets: denied and failed are errors here. */
  async request(server: GuardedServer, request: JudgedRequest, signal: AbortSignal): Promise<string> {
    const outcome = await this.#judge(server, request, signal);
    const reason = outcome.kind === 'result' ? {} : { reason: outcome.reason };
    this.#log.write('info', `${request.method}: ${outcome.kind}`, { server: server.config.name, ...reason });
    if (outcome.kind === 'result') return outcome.text;
    const data = { 'sluice.dev/outcome': outcome.kind, 'sluice.dev/reason': outcome.reason };
    throw new RpcError(rpcCodes.internalError, outcomeSentence(outcome), data);
  }

  async #judge(
    server: GuardedServer,
    { method, params, caller }: JudgedRequest,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const agent = expectAgent(this.#agents, caller);
    using limit = timeLimit(server.config.toolTimeoutMs, signal);
    const limited = limit.signal;
    let wasCalled = false;
    const onWrite = () => {
      wasCalled = true;
    };
    const call = { tool: method, args: params };
    const perform = (within: AbortSignal) => server.backend.request(method, params, within);
    const guarded = { call, perform, isIndivisible: true, server, agent, rules: this.#rules, onWrite };
    try {
      const outcome = await toolCall(guarded, limited);
      // Something took its place, which only a tool may answer.
      const isReplaced = outcome.kind === 'result' && outcome.isChanged;
      return isReplaced ? { kind: 'denied', reason: 'ITEMS_WITHHELD' } : outcome;
    } catch (error) {
      const failure = asFailure(error, { server, signal, limited });
      // That a server lacks a method is no secret of its data.
      if (failure.cause instanceof AnswerError && failure.cause.code === rpcCodes.methodNotFound)
        throw new RpcError(rpcCodes.methodNotFound, `this server does not offer ${method}`);
      const { code } = noteFailure(method, failure, { server, log: this.#log });
      return { kind: 'failed', reason: code, wasCalled };
    }
  }
}
