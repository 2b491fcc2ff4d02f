import type { Caller } from '../http/caller.ts';
import type { RpcRequest } from '../rpc/rpc-message.ts';

/** A request of this era: all that is needed to answer it. */
export interface ModernRequest {
  readonly request: RpcRequest;
  /** The JSON of its whole `_meta`. */
  readonly meta: string;
  /**
   * The client's `Mcp-Param-…` headers, in lower case, of a `tools/call`. Only a tool's schema tells what they repeat, so
   * they are not checked against the arguments: unless somebody does, they carry what nobody has judged.
   */
  readonly headers: Readonly<Record<string, string>>;
  readonly caller: Caller;
}

/** One request of a client, until it is answered; what comes after that, or after the client has gone, is dropped. */
export interface ModernExchange {
  /** Aborted when the client goes before its answer: that cancels the request. */
  readonly signal: AbortSignal;
  /** Sends a notification that belongs to this request, as the JSON of one message; the answer becomes a stream. */
  notify(text: string): void;
  /**
   * The result or the error, as the JSON of one message with the request's own id. `errorStatus` is the HTTP status that a
   * server chose for its error; without it the error has the revision's.
   */
  answer(text: string, errorStatus?: number): void;
}

/** Whoever stands behind the endpoint. Nothing of it may throw. */
export interface ModernPeer {
  /** A request of a client; it is answered on `exchange`, at any later time. */
  request(request: ModernRequest, exchange: ModernExchange): void;
}
