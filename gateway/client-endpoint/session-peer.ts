import type { Caller } from '../http/caller.ts';
import type { RpcMessage, RpcRequest } from '../rpc/rpc-message.ts';
import type { ProtocolVersion } from './protocol-version.ts';

/** An MCP session with a client, as its peer sees it. */
export interface PeerSession {
  /** The `Mcp-Session-Id`. */
  readonly id: string;
  readonly caller: Caller;
  /** What the answer to `initialize` has to name: what the client asked for, or the newest revision we speak. */
  readonly protocolVersion: ProtocolVersion;
  /**
   * Sends a request or a notification, as the JSON of one message, that belongs to no request of the client. It waits
   * while the client has no stream open for it; when too much waits, the oldest is lost.
   */
  send(text: string): void;
}

/** Why a session has ended: by its client, by rest, to make room, with an `initialize` that failed, with the endpoint. */
export type SessionEnd = 'deleted' | 'idle' | 'crowded' | 'refused' | 'closed';

/** Whoever stands behind one session of the endpoint. Nothing of it may throw. */
export interface SessionPeer {
  /** A request of the client, `initialize` first of all; it is answered on `exchange`, at any later time. */
  request(request: RpcRequest, exchange: Exchange): void;
  /** A notification of the client, or its answer to a request that it was sent. */
  receive(message: Exclude<RpcMessage, RpcRequest>): void;
  /** The session has ended; what is sent from now on is dropped. */
  close(reason: SessionEnd): void;
}

/** One request of the client, until it is answered or abandoned; what comes after that, or after the session, is dropped. */
export interface Exchange {
  /**
   * Aborted when the session ends. Not when the client's connection breaks: the client may come back for the answer. It
   * is the same signal for all exchanges of a session.
   */
  readonly signal: AbortSignal;
  /** Sends a request or a notification that belongs to this request, as the JSON of one message. */
  send(text: string): void;
  /** Where the transport has a connection for each request: ends it, and has the client come back for the rest. */
  pause?(): void;
  /** The result or the error, as the JSON of one message with the request's own id. */
  answer(text: string): void;
  /** There will be no answer: the client has cancelled the request. */
  abandon(): void;
}

/** Makes the peer of a session that a client begins. May throw an HttpError to refuse it. */
export type OpenPeer = (session: PeerSession) => SessionPeer;
