import type { ProtocolVersion } from '../client-endpoint/protocol-version.ts';
import type {
  Exchange,
  OpenPeer,
  PeerSession,
  SessionEnd,
  SessionPeer,
} from '../client-endpoint/session-peer.ts';
import type { Caller } from '../http/caller.ts';
import { withMember } from '../rpc/raw-json.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import {
  type RpcAnswer,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
  readMessage,
} from '../rpc/rpc-message.ts';
import { writeFailure, writeNotification, writeRequest } from '../rpc/write-message.ts';

/** Sends the JSON of a message to the client: on a request of his, or on none. */
export type SendText = (text: string) => void;

/** What a server says of its own accord. `send`: where it belongs. */
export type Said = (message: RpcRequest | RpcNotification, from: ChildSession, send: SendText) => void;

/** A request for a child. */
export interface ChildRequest {
  readonly method: string;
  readonly params: string | undefined;
  /** Where what the child sends with it goes. */
  readonly send: SendText;
  /** When it aborts, the child is told, and no answer comes any more. */
  readonly signal?: AbortSignal;
}

/** That the client has cancelled a request: the reason of its signal. */
export class ClientCancelled {
  /** The JSON of the notification's params, which the child is told with its own id. */
  readonly params: string;

  constructor(params: string) {
    this.params = params;
  }
}

/** The session that the aggregate has with one server's peer, as a client of `/mcp/{server}` has: with ids of its own. */
export class ChildSession implements PeerSession {
  readonly id: string;
  readonly caller: Caller;
  readonly protocolVersion: ProtocolVersion;
  readonly #said: Said;
  readonly #sendUnrelated: SendText;
  readonly #peer: SessionPeer;
  readonly #ending = new AbortController();
  readonly #waiting = new Map<string, (answer: RpcAnswer | undefined) => void>();
  #lastId = 0;

  /** `client` is the session that all of this is for. Throws what `openPeer` throws. */
  constructor(client: PeerSession, openPeer: OpenPeer, said: Said) {
    this.id = client.id;
    this.caller = client.caller;
    this.protocolVersion = client.protocolVersion;
    this.#said = said;
    this.#sendUnrelated = (text) => client.send(text);
    this.#peer = openPeer(this);
  }

  send(text: string): void {
    this.#tell(text, this.#sendUnrelated);
  }

  /** Asks the server; nothing where there will be no answer: it was cancelled, or the session has ended. Never rejects. */
  async request(request: ChildRequest): Promise<RpcAnswer | undefined> {
    const { method, params, signal, send } = request;
    if (signal?.aborted || this.#ending.signal.aborted) return undefined;
    this.#lastId++;
    const id = String(this.#lastId);
    const answer = Promise.withResolvers<RpcAnswer | undefined>();
    this.#waiting.set(id, answer.resolve);
    const cancel = () => {
      this.receive(writeNotification('notifications/cancelled', cancelParams(id, signal?.reason)));
      answer.resolve(undefined);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    this.#peer.request(writeRequest(id, method, params), this.#exchange(id, send));
    const answered = await answer.promise;
    signal?.removeEventListener('abort', cancel);
    this.#waiting.delete(id);
    return answered;
  }

  /** Gives the server a notification, or the answer to a request of its own. */
  receive(message: Exclude<RpcMessage, RpcRequest>): void {
    if (!this.#ending.signal.aborted) this.#peer.receive(message);
  }

  close(reason: SessionEnd): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    for (const settle of this.#waiting.values()) settle(undefined);
    this.#peer.close(reason);
  }

  #exchange(id: string, send: SendText): Exchange {
    const settle = (answer: RpcAnswer | undefined) => this.#waiting.get(id)?.(answer);
    return {
      signal: this.#ending.signal,
      send: (text) => {
        if (this.#waiting.has(id)) this.#tell(text, send);
      },
      answer: (text) => settle(readAnswer(text, id)),
      abandon: () => settle(undefined),
    };
  }

  #tell(text: string, send: SendText): void {
    if (this.#ending.signal.aborted) return;
    const message = readMessage(text);
    if (message.kind === 'request' || message.kind === 'notification') this.#said(message, this, send);
  }
}

function readAnswer(text: string, id: string): RpcAnswer {
  const message = readMessage(text);
  if (message.kind === 'result' || message.kind === 'error') return message;
  return writeFailure(id, { code: rpcCodes.internalError, message: 'internal error' });
}

/** The client's own words where it was he who cancelled. */
function cancelParams(id: string, reason: unknown): string {
  return reason instanceof ClientCancelled
    ? withMember(reason.params, 'requestId', id)
    : `{"requestId":${id}}`;
}
