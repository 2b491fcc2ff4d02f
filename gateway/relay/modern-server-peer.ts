import type { Caller } from '../caller.ts';
import type { PeerSession } from '../client-endpoint/session-peer.ts';
import type { Log } from '../log.ts';
import { modernVersion } from '../modern/modern-version.ts';
import { metaKeys } from '../modern/request-meta.ts';
import { toModernResult } from '../modern/result-fields.ts';
import type { ModernExchange, ModernPeer, ModernRequest } from '../modern-endpoint/modern-peer.ts';
import { writeFailure, writeResult } from '../rpc/write-message.ts';
import { RpcError, rpcCodes } from '../rpc-error.ts';
import type { ServerLink } from '../server-link.ts';
import type { LeasedLink } from './agent-links.ts';
import { expectParams, expectToolCall, progressTokenOf } from './client-params.ts';
import type { ClientRequest } from './client-request.ts';
import { judgedParamHeaders } from './judged-param-headers.ts';
import type { ModernClient } from './modern-link.ts';
import type { ServerMessages } from './server-messages.ts';
import type { ServerOffer } from './server-peer.ts';

/** The guarded server behind the requests of clients without sessions. */
export interface ModernOffer extends Pick<ServerOffer, 'serverName' | 'listTools' | 'callTool' | 'request'> {
  leaseLink(client: ModernClient & { caller: Caller }, signal: AbortSignal): Promise<LeasedLink>;
  messages(session: PeerSession, bareParams: string): ServerMessages;
  /** The result of `server/discover`; nothing where the server cannot be had in time. */
  welcome(request: ClientRequest, signal: AbortSignal): Promise<string | undefined>;
  /** A request that ends when its client wants it to. */
  listen(request: ClientRequest, signal: AbortSignal): Promise<string>;
  /** Whether what a client was asked for may be sent to the server. */
  mayAnswer(responses: string, caller: Caller, signal: AbortSignal): Promise<boolean>;
}

/** What stands behind the requests of clients without sessions: one guarded server. */
export class ModernServerPeer implements ModernPeer {
  readonly #offer: ModernOffer;
  readonly #log: Log;

  constructor(offer: ModernOffer, log: Log) {
    this.#offer = offer;
    this.#log = log;
  }

  request(request: ModernRequest, exchange: ModernExchange): void {
    void this.#answer(request, exchange);
  }

  async #answer(request: ModernRequest, exchange: ModernExchange): Promise<void> {
    const { id, method } = request.request;
    const session = sessionOf(request, exchange);
    const messages = this.#offer.messages(session, `{"_meta":{"${metaKeys.subscriptionId}":${id}}}`);
    try {
      const { caller, meta } = request;
      const client = { id, meta, listener: messages, caller };
      using lease = await this.#offer.leaseLink(client, exchange.signal);
      const result = await this.#result(request, { link: lease.link, messages, exchange });
      // What the server has said before it answered comes first.
      await messages.settled;
      exchange.answer(writeResult(id, toModernResult(method, result)).text);
    } catch (error) {
      const failure = this.#asFailure(error);
      exchange.answer(writeFailure(id, failure).text, failure.status);
    }
    messages.close();
  }

  /** The result as JSON. Throws what the client is answered with. */
  async #result(
    { request: { method, params = '{}' }, headers, caller }: ModernRequest,
    { link, messages, exchange }: { link: ServerLink; messages: ServerMessages; exchange: ModernExchange },
  ): Promise<string> {
    const { signal } = exchange;
    const send = (text: string) => exchange.notify(text);
    const contextFor = (read: string) => ({ progressToken: progressTokenOf(read), send, listener: messages });
    const asked = { method, caller, link };
    if (method === 'tools/call') {
      const request = expectToolCall(params);
      await this.#expectAnswerable(request.params, caller, signal);
      const judged = await judgedParamHeaders({ ...request, headers, link }, signal);
      return this.#offer.callTool(
        { ...asked, ...request, headers: judged, context: contextFor(request.params) },
        signal,
      );
    }
    const read = expectParams(params);
    const request = { ...asked, params: read, context: contextFor(read) };
    if (method === 'server/discover') return this.#welcome(request, signal);
    if (method === 'subscriptions/listen') return this.#offer.listen(request, signal);
    return method === 'tools/list'
      ? this.#offer.listTools(request, signal)
      : this.#offer.request(request, signal);
  }

  async #welcome(request: ClientRequest, signal: AbortSignal): Promise<string> {
    const result = await this.#offer.welcome(request, signal);
    if (result !== undefined) return result;
    const supportedVersions = [modernVersion];
    return JSON.stringify({ supportedVersions, capabilities: { tools: {} } });
  }

  /** What a server has asked the client for is written to it. */
  async #expectAnswerable(params: string, caller: Caller, signal: AbortSignal): Promise<void> {
    if (!params.includes('"inputResponses"')) return;
    const { inputResponses } = Object(JSON.parse(params));
    if (inputResponses === undefined) return;
    if (await this.#offer.mayAnswer(JSON.stringify({ inputResponses }), caller, signal)) return;
    throw new RpcError(
      rpcCodes.internalError,
      'Denied: what the server asked for may not be sent to it; tell the user',
    );
  }

  #asFailure(error: unknown): { code: number; message: string; data?: string; status?: number } {
    if (error instanceof RpcError) {
      const { code, message, data, status } = error;
      return {
        code,
        message,
        ...(data !== undefined && { data: JSON.stringify(data) }),
        ...(status !== undefined && { status }),
      };
    }
    this.#log.write('error', `internal error: ${String(error)}`);
    return { code: rpcCodes.internalError, message: 'internal error' };
  }
}

/** A request is a session of its own. */
function sessionOf({ request, caller }: ModernRequest, exchange: ModernExchange): PeerSession {
  return {
    id: request.id,
    caller,
    protocolVersion: '2025-11-25',
    send: (text) => exchange.notify(text),
  };
}
