import type { AgentSessions } from '../agent/agent-sessions.ts';
import type { GuardedServer } from '../guarded-server.ts';
import type { Outcome } from '../outcome.ts';
import { AnswerError } from '../rpc/answer-error.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import { sendingTrace } from '../telemetry/trace-context.ts';
import { toolCall } from '../tool-call.ts';
import { traceIdOf } from './client-params.ts';
import type { ClientRequest } from './client-request.ts';
import { readDeclared } from './declared-integrity.ts';
import { expectAgent } from './expect-agent.ts';
import { type Judging, judgedWork, type WorkTerms } from './judged-work.ts';
import { outcomeError } from './outcome-error.ts';
import { judgingErrors } from './protocol-errors.ts';

/**
 * Wraps the path of a request that is no tool call but tells something all the same: a resource, a prompt, a completion.
 * It is judged as a tool call is, by the method's name and its params; what comes back is delivered as a whole or not.
 */
export class RequestCaller {
  readonly #agents: AgentSessions;
  readonly #judging: Judging;

  constructor(agents: AgentSessions, judging: Judging) {
    this.#agents = agents;
    this.#judging = judging;
  }

  /** The result as JSON text. Throws the RpcError that the client gets: denied and failed are errors here. */
  async request(
    server: GuardedServer,
    request: ClientRequest & { isEndless?: boolean },
    signal: AbortSignal,
  ): Promise<string> {
    const agent = expectAgent(this.#agents, request.caller);
    const { rules, log, audit, activity } = this.#judging;
    const { isEndless = false } = request;
    const call = { tool: request.method, args: request.params };
    const work = async (terms: WorkTerms): Promise<Outcome> => {
      const { signal, onWrite, notes } = terms;
      if (!(await this.#mayRead(server, request, signal)))
        return { kind: 'denied', reason: 'READ_INTEGRITY' };
      const { perform, settle } = judgingErrors(sendingTrace(performer(request, terms)));
      const guarded = { call, perform, isIndivisible: true, server, agent, rules, onWrite, notes } as const;
      const judged = await toolCall(guarded, signal).catch((error: unknown) => {
        throw methodMissing(error, { server, method: request.method }) ?? error;
      });
      const outcome = settle(judged);
      // Something took its place, which only a tool may answer.
      const isReplaced = outcome.kind === 'result' && outcome.isChanged;
      return isReplaced ? { kind: 'denied', reason: 'ITEMS_WITHHELD' } : outcome;
    };
    const outcome = await judgedWork(
      { subject: request.method, call, server, agent, isEndless, trace: traceIdOf(request.params) },
      { log, audit, activity, work },
      signal,
    );
    if (outcome.kind === 'result') return outcome.text;
    throw outcomeError(outcome);
  }

  /** Lists are what a server says of itself, whatever its guard says of what is on them. */
  async #mayRead(
    server: GuardedServer,
    { method, caller }: ClientRequest,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (!lists.test(method)) return true;
    const agent = expectAgent(this.#agents, caller);
    const guard = await agent.guardOf(server, signal);
    const { operatorMode } = this.#judging.rules;
    return readDeclared({ server, agent }, { operator: operatorMode, guard: guard.mode });
  }
}

const lists = /^(prompts|resources|resources\/templates)\/list$/;

/** Carries a request out, with its messages on the way. */
export function performer(
  { method, params, link, context, headers }: ClientRequest,
  { restart, pause }: Pick<WorkTerms, 'restart' | 'pause'>,
): (signal: AbortSignal) => Promise<string> {
  const isRepeatable = repeatable.test(method);
  const related = context && { ...context, progressed: restart, wait: pause };
  const asked = {
    method,
    params,
    isRepeatable,
    ...(related && { context: related }),
    ...(headers && { headers }),
  };
  return (signal) => link.request(asked, signal);
}

/** What changes nothing at a server, by the meaning of MCP's own methods. */
const repeatable =
  /^(tools\/list|resources\/(list|read|templates\/list)|prompts\/(list|get)|completion\/complete)$/;

/** That a guarded server lacks a method is no secret of its data. */
function methodMissing(
  error: unknown,
  { server, method }: { server: GuardedServer; method: string },
): RpcError | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const isMissing = cause instanceof AnswerError && cause.code === rpcCodes.methodNotFound;
  if (!isMissing || server.config.guard.kind === 'noop') return undefined;
  return new RpcError(rpcCodes.methodNotFound, `this server does not offer ${method}`);
}
