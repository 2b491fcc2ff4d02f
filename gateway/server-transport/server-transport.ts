import type { RpcMessage } from '../rpc/rpc-message.ts';

/** The way to one MCP server: messages, as the text that they are. It knows MCP's rules of transport, and nothing else. */
export interface ServerTransport {
  /** Opens it; once, before anything is sent. Throws a TransportError. */
  start(): Promise<void>;

  /**
   * Sends a message. It settles when the transport has nothing more to do for it: it was written, or, over Streamable
   * HTTP, answered. When it rejects, with a TransportError or the reason of `signal`, no answer will come.
   */
  send(message: RpcMessage, signal: AbortSignal): Promise<void>;

  /** Ends it. Settles when all that it held is free: processes, sockets, the session at the server. Never rejects. */
  close(): Promise<void>;
}

/** Who is told what comes from a server. Nothing here may throw. */
export interface TransportListener {
  /** A message; `relatedTo` is the raw id of the request on whose stream it came, where there is such a stream. */
  received(message: RpcMessage, relatedTo?: string): void;

  /** The server has ended the stream of the request of this raw id on purpose, and will go on with it on another. */
  paused?(id: string): void;

  /** Something went wrong that ends neither the transport nor the sending of a message: for the log. */
  fault(error: Error): void;

  /** Nothing comes any more, and nothing can be sent. Called once; with an error where nobody had closed it. */
  ended(error?: Error): void;
}

/** Makes the transport for one connection. */
export type MakeTransport = (listener: TransportListener) => ServerTransport;

/** The largest message that is taken from a server, in bytes: what a session may hold in memory for one of them. */
export const maxMessageBytes = 32 * 1024 * 1024;
