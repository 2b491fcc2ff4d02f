import type { ServerLink } from '../backend/server-link.ts';
import type { PeerSession } from '../client-endpoint/session-peer.ts';
import type { Caller } from '../http/caller.ts';
import type { Log } from '../log.ts';
import { modernVersion } from '../modern/modern-version.ts';
import { metaKeys } from '../modern/request-meta.ts';
import { toModernResult, toPrivateResult } from '../modern/result-fields.ts';
import type { ModernExchange, ModernPeer, ModernRequest } from '../modern-endpoint/modern-peer.ts';
import { type Outcome, renderOutcome } from '../outcome.ts';
import { expectParams, expectToolCall, progressTokenOf } from '../relay/client-params.ts';
import type { ClientRequest } from '../relay/client-request.ts';
import { outcomeError } from '../relay/outcome-error.ts';
import type { ServerMessages } from '../relay/server-messages.ts';
import type { ServerOffer } from '../relay/server-peer.ts';
import { clientFailure, internalFailure } from '../rpc/client-failure.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { writeFailure, writeResult } from '../rpc/write-message.ts';
import { inRequestSpan } from '../telemetry/request-span.ts';
import { absentDiscovery, discovery } from './discovery.ts';
import type { ModernClient } from './modern-link.ts';

/** What is told instead of a result. */
type Refusal = Exclude<Outcome, { kind: 'result' }>;

/** The guarded server behind the requests of clients without sessions. */
export interface ModernOffer extends Pick<ServerOffer, 'serverName' | 'listTools' | 'callTool' | 'request'> {
  /** Whether what passes is judged for the agent that asks. */
  readonly isGuarded: boolean;
  /** The way to the server for one request, until it is disposed of. */
  openModernLink(client: ModernClient & { caller: Caller }): ServerLink;
  messages(session: PeerSession, bareParams: string): ServerMessages;
  /** The result of `server/discover`; nothing where the server cannot be had in time. */
  welcome(request: ClientRequest, signal: AbortSignal): Promise<string | undefined>;
  /** A request that ends when its client wants it to. */
  listen(request: ClientRequest, signal: AbortSignal): Promise<string>;
  /** Why what a client was asked for may not be sent to the server; nothing where it may. */
  refusedAnswer(responses: string, caller: Caller, signal: AbortSignal): Promise<Refusal | undefined>;
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
      await using link = this.#offer.openModernLink({ id, meta, listener: messages, caller });
      const spanned = { ...request.request, server: this.#offer.serverName, revision: modernVersion };
      const work = () => this.#result(request, { link, messages, exchange });
      const result = toModernResult(method, await inRequestSpan(spanned, work));
      // What the server has said before it answered comes first.
      await messages.settled;
      const own = this.#offer.isGuarded ? toPrivateResult(result) : result;
      exchange.answer(writeResult(id, own).text);
    } catch (error) {
      // Whoever has gone is told nothing.
      const failure = exchange.signal.aborted ? internalFailure : clientFailure(error, this.#log);
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
      const refusal = await this.#refusal(request.params, caller, signal);
      if (refusal !== undefined) return renderOutcome(refusal);
      return this.#offer.callTool(
        { ...asked, ...request, headers, context: contextFor(request.params) },
        signal,
      );
    }
    const read = expectParams(params);
    const request = { ...asked, params: read, context: contextFor(read) };
    if (method === 'server/discover') return this.#discovery(request, signal);
    if (method === 'tools/list') return this.#offer.listTools(request, signal);
    const refusal = await this.#refusal(read, caller, signal);
    if (refusal !== undefined) throw outcomeError(refusal);
    return method === 'subscriptions/listen'
      ? this.#offer.listen(request, signal)
      : this.#offer.request(request, signal);
  }

  async #discovery(request: ClientRequest, signal: AbortSignal): Promise<string> {
    const result = await this.#offer.welcome(request, signal);
    return result === undefined ? absentDiscovery(this.#offer.serverName) : discovery(result);
  }

  /** What a server has asked the client for is written to it, whatever the rest of the request is. */
  async #refusal(params: string, caller: Caller, signal: AbortSignal): Promise<Refusal | undefined> {
    const responses = rawMembers(params).get('inputResponses');
    if (responses === undefined) return undefined;
    return this.#offer.refusedAnswer(`{"inputResponses":${responses}}`, caller, signal);
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
