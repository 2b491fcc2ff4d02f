import type {
  McpRequest,
  McpRequestResult,
  McpResponse,
  McpResponseResult,
} from '../../proto/gen/agentgateway/dev/ext_mcp/ext_mcp.ts';
import type { AgentSessions } from '../agent/agent-sessions.ts';
import { ToolCatalog } from '../backend/tool-catalog.ts';
import type { ExtMcpConfig } from '../config/ext-mcp-config.ts';
import type { GuardedServer } from '../guarded-server.ts';
import type { Log } from '../log.ts';
import { outcomeKeys } from '../outcome.ts';
import { expectParams } from '../relay/client-params.ts';
import type { ReplaceableOffer } from '../relay/replaceable-offer.ts';
import { clientFailure } from '../rpc/client-failure.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import { inRequestSpan } from '../telemetry/request-span.ts';
import { authorizationError, errorOfResult } from './authorization-error.ts';
import { judgedRequest } from './judged-request.ts';
import { callIdOf, callKey, readJsonBytes, readTerms, serverName, unknownTarget } from './read-question.ts';
import { SuspendedCall } from './suspended-call.ts';
import { type CallTerms, SuspendedCalls } from './suspended-calls.ts';

/** What the judge knows of the gateway that it belongs to. */
export interface ExtMcpParts {
  readonly config: ExtMcpConfig;
  readonly agents: AgentSessions;
  /** What stands behind each configured server's name, as it is configured now. */
  readonly offers: ReadonlyMap<string, ReplaceableOffer>;
  readonly log: Log;
}

/** What agents do behind agentgateway, judged as it is on the gateway's other ways, for the same agent sessions. */
export class ExtMcpJudge implements Disposable {
  readonly #parts: ExtMcpParts;
  readonly #calls = new SuspendedCalls();
  /** By server: what its lists said, as agents have seen them. One that is configured anew under its name is another. */
  readonly #tools = new WeakMap<GuardedServer, ToolCatalog>();

  constructor(parts: ExtMcpParts) {
    this.#parts = parts;
  }

  /** Judges a request up to where it would be sent. Never throws: what fails is refused. */
  async request(request: McpRequest, signal: AbortSignal): Promise<McpRequestResult> {
    try {
      const terms = readTerms(request, this.#parts.config);
      if (terms.method === 'ping') return this.#ping(terms, request);
      return await this.#begin(terms, request, signal);
    } catch (error) {
      return { ...nothing, result: { $case: 'error', value: this.#errorOf(error) } };
    }
  }

  /** Judges the response of a request that was let through, once. Never throws: what fails is refused. */
  async response(response: McpResponse, signal: AbortSignal): Promise<McpResponseResult> {
    try {
      const terms = readTerms(response, this.#parts.config);
      if (terms.method === 'ping') return { result: { $case: 'mutated', value: Buffer.from('{}') } };
      const call = this.#calls.take(callIdOf(response) ?? '', terms);
      if (call === undefined) throw this.#unasked(terms);
      const given = readOrEnd(call, response.mcpResponse);
      const text = await call.resume(given, signal);
      return { result: text === given ? pass : { $case: 'mutated', value: Buffer.from(text) } };
    } catch (error) {
      return { result: { $case: 'error', value: this.#errorOf(error) } };
    }
  }

  [Symbol.dispose](): void {
    this.#calls[Symbol.dispose]();
  }

  async #begin(terms: CallTerms, { mcpRequest }: McpRequest, signal: AbortSignal): Promise<McpRequestResult> {
    const { agents } = this.#parts;
    const offer = this.#offerOf(terms);
    const given = mcpRequest && readJsonBytes(mcpRequest);
    const params = given === undefined ? undefined : expectParams(given);
    const { method, caller } = terms;
    const call = new SuspendedCall(this.#toolsOf(offer.server), params);
    const id = this.#calls.add(call, terms);
    const spanned = { id: JSON.stringify(id), method, params, server: offer.serverName };
    const progress = call.start(
      (link, ending) =>
        inRequestSpan(spanned, () => judgedRequest({ offer, agents, caller, method, params, link }, ending)),
      signal,
    );
    void call.ended.then(() => this.#calls.forget(id));
    const reached = await progress;
    if (reached.kind === 'ended')
      return { ...nothing, result: { $case: 'error', value: errorOfResult(await reached.result) } };
    return passed(id, given === undefined || given === reached.params ? undefined : reached.params);
  }

  /** Nobody answers it with anything of a server's, and nobody judges what is in it: it goes on without. */
  #ping(terms: CallTerms, { mcpRequest }: McpRequest): McpRequestResult {
    this.#offerOf(terms);
    return passed(undefined, mcpRequest && '{}');
  }

  #offerOf({ target }: CallTerms): ReplaceableOffer {
    const { config, offers } = this.#parts;
    const offer = offers.get(serverName(target, config));
    if (offer === undefined) throw unknownTarget(target);
    return offer;
  }

  #toolsOf(server: GuardedServer): ToolCatalog {
    const known =
      this.#tools.get(server) ?? new ToolCatalog(() => Promise.reject(new Error('nobody is asked')));
    this.#tools.set(server, known);
    return known;
  }

  #unasked({ target, caller: { principal } }: CallTerms): RpcError {
    const sentence = 'a response belongs to no request that was let through, so it is refused';
    this.#parts.log.write('warn', sentence, { principal, server: target.slice(0, 100) });
    return new RpcError(
      rpcCodes.internalError,
      `Sluice: ${sentence}: have agentgateway ask about both (full), with the metadata ${callKey}: mcpGuardrails.${callKey}`,
      // Agentgateway's operator is told, in words of its own: no call of an agent's ends like this.
      { [outcomeKeys.outcome]: 'denied', [outcomeKeys.reason]: 'UNASKED' },
    );
  }

  #errorOf(error: unknown) {
    return authorizationError(clientFailure(error, this.#parts.log));
  }
}

const pass = { $case: 'pass', value: {} } as const;
const nothing = { headerMutation: undefined, metadata: undefined };

function passed(id?: string, params?: string): McpRequestResult {
  return {
    ...nothing,
    result: params === undefined ? pass : { $case: 'mutated', value: Buffer.from(params) },
    metadata: id === undefined ? undefined : { [callKey]: id },
  };
}

/** What cannot be read is not waited for any longer. */
function readOrEnd(call: SuspendedCall, response: Uint8Array): string {
  try {
    return readJsonBytes(response);
  } catch (error) {
    call.end();
    throw error;
  }
}
