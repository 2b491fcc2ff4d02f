import type { BackendClient } from '../backend/backend.ts';
import type { ServerLink } from '../backend/server-link.ts';
import type { Exchange, PeerSession, SessionPeer } from '../client-endpoint/session-peer.ts';
import type { Log } from '../log.ts';
import { clientFailure } from '../rpc/client-failure.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import type { RpcMessage, RpcRequest } from '../rpc/rpc-message.ts';
import { writeFailure, writeNotification, writeResult } from '../rpc/write-message.ts';
import { ReconnectPause } from '../server-transport/reconnect-pause.ts';
import { inRequestSpan } from '../telemetry/request-span.ts';
import { expectParams, expectToolCall, progressTokenOf, requestIdOf } from './client-params.ts';
import type { ClientRequest } from './client-request.ts';
import type { ServerMessages } from './server-messages.ts';
import type { ToolRequest } from './tool-caller.ts';
import { absentWelcome } from './welcome.ts';

/** The guarded server behind the peers of all its sessions. The results are JSON; what is thrown is told the client. */
export interface ServerOffer {
  readonly serverName: string;
  /** The way to the server for one client. */
  openLink(client: BackendClient): ServerLink;
  /** What a client of this session says in its `initialize`, as the server may hear it. */
  hello(params: string, session: PeerSession): string;
  /** What brings the server's own messages to a client. */
  messages(session: PeerSession): ServerMessages;
  /** The answer to `initialize`; nothing where the server cannot be had in time. */
  welcome(request: ClientRequest, signal: AbortSignal): Promise<string | undefined>;
  listTools(request: ClientRequest, signal: AbortSignal): Promise<string>;
  callTool(request: ToolRequest, signal: AbortSignal): Promise<string>;
  /** Any other request. */
  request(request: ClientRequest, signal: AbortSignal): Promise<string>;
}

interface Call {
  readonly exchange: Exchange;
  readonly cancelling: AbortController;
}

/** What stands behind a client's session: one guarded server, with a connection of the session's own. */
export class ServerPeer implements SessionPeer {
  readonly #session: PeerSession;
  readonly #offer: ServerOffer;
  readonly #log: Log;
  readonly #link: ServerLink;
  readonly #messages: ServerMessages;
  readonly #ending = new AbortController();
  /** What is under way, by the id of its request. */
  readonly #calls = new Map<string, Call>();
  #hello = '{}';

  constructor(session: PeerSession, offer: ServerOffer, log: Log) {
    this.#session = session;
    this.#offer = offer;
    this.#log = log;
    this.#messages = offer.messages(session);
    this.#link = offer.openLink({
      hello: () => offer.hello(this.#hello, session),
      listener: this.#messages,
    });
  }

  request(request: RpcRequest, exchange: Exchange): void {
    if (this.#calls.has(request.id)) {
      const message = 'a request with this id is under way: give each one an id of its own';
      exchange.answer(writeFailure(request.id, { code: rpcCodes.invalidRequest, message }).text);
      return;
    }
    const call = { exchange, cancelling: new AbortController() };
    this.#calls.set(request.id, call);
    void this.#answer(request, call);
  }

  receive(message: Exclude<RpcMessage, RpcRequest>): void {
    if (message.kind !== 'notification') void this.#messages.answered(message);
    else if (message.method === 'notifications/cancelled') this.#cancel(requestIdOf(message.params));
    // The connection has said so for itself.
    else if (message.method !== 'notifications/initialized') void this.#messages.told(message, this.#link);
  }

  close(): void {
    this.#ending.abort();
    for (const { cancelling } of this.#calls.values()) cancelling.abort();
    this.#calls.clear();
    this.#messages.close();
    void this.#link[Symbol.asyncDispose]();
  }

  async #answer(request: RpcRequest, call: Call): Promise<void> {
    const answer = await this.#answerTo(request, call);
    // What the server has said before it answered comes first.
    await this.#messages.settled;
    call.exchange.answer(answer);
    if (this.#calls.get(request.id) === call) this.#calls.delete(request.id);
  }

  async #answerTo(request: RpcRequest, call: Call): Promise<string> {
    try {
      const spanned = { ...request, server: this.#offer.serverName, ...described(this.#session) };
      const result = await inRequestSpan(spanned, () => this.#result(request, call));
      return writeResult(request.id, result).text;
    } catch (error) {
      return writeFailure(request.id, clientFailure(error, this.#log)).text;
    }
  }

  /** The result as JSON. Throws the RpcError that the client is answered with. */
  async #result({ id, method, params = '{}' }: RpcRequest, call: Call): Promise<string> {
    const { signal } = call.cancelling;
    // What was cancelled has no stream any more, and over stdio nothing tells that a message belonged to something else.
    const send = (text: string) => (this.#calls.get(id) === call ? call.exchange : this.#session).send(text);
    const pause = () => call.exchange.pause?.();
    const contextFor = (params: string) => ({ progressToken: progressTokenOf(params), send, pause });
    const asked = { method, caller: this.#session.caller, link: this.#link };
    if (method === 'ping') return '{}';
    if (method === 'tools/call') {
      const request = expectToolCall(params);
      return this.#offer.callTool({ ...asked, ...request, context: contextFor(request.params) }, signal);
    }
    const read = expectParams(params);
    const request = { ...asked, params: read, context: contextFor(read) };
    if (method === 'initialize') return this.#welcome(request, signal);
    return method === 'tools/list'
      ? this.#offer.listTools(request, signal)
      : this.#offer.request(request, signal);
  }

  async #welcome(request: ClientRequest, signal: AbortSignal): Promise<string> {
    this.#hello = request.params;
    const result = await this.#offer.welcome(request, signal);
    if (result !== undefined) return result;
    void this.#announceLater(request);
    return absentWelcome(this.#offer.serverName, this.#session.protocolVersion);
  }

  /** Tells the client that there are tools, as soon as the server or the guard that was not there has come. */
  async #announceLater(request: ClientRequest): Promise<void> {
    const { signal } = this.#ending;
    const { context: _, ...asked } = request;
    const pause = new ReconnectPause();
    let welcome: string | undefined;
    while (welcome === undefined) {
      await pause.wait(undefined, signal).catch(() => undefined);
      if (signal.aborted) return;
      welcome = await this.#offer.welcome(asked, signal).catch(() => undefined);
    }
    this.#session.send(writeNotification('notifications/tools/list_changed').text);
  }

  /** What was cancelled is never answered: its response would stay open as long as the session. */
  #cancel(id: string): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    call?.exchange.abandon();
    call?.cancelling.abort();
  }
}

function described({ id, protocolVersion }: PeerSession): { session: string; revision: string } {
  return { session: id, revision: protocolVersion };
}
