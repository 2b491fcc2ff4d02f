const KiB = 1024;

/** What a client may take of the gateway before it is known who it is. */
export interface HttpLimits {
  readonly maxConnections: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  readonly maxTargetCharacters: number;
  readonly handshakeTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly checkMs: number;
  readonly keepAliveMs: number;
  readonly unreadMs: number;
}

/** The largest body is in request-body.ts. A connection may carry any number of requests, one after the other. */
export const httpLimits: HttpLimits = {
  /** Connections at once, some 30 KB each: as many as there may be MCP sessions. One more is closed at once. */
  maxConnections: 10_000,
  /** The request line and all headers, in bytes: clients send one, proxies and their cookies may make it four or five. */
  maxHeaderBytes: 16 * KiB,
  /** Headers of one request: clients send ten, proxies add some. Node would drop the rest without a word. */
  maxHeaders: 100,
  /** The target: the longest that leads anywhere names an agent, and has a thousand characters when all are encoded. */
  maxTargetCharacters: 2 * KiB,
  /** How long TLS may take to begin, in milliseconds; three round trips to the other side of the world take one second. */
  handshakeTimeoutMs: 10_000,
  /** How long the headers of a request may take in milliseconds, and the first request of a connection to begin. */
  headersTimeoutMs: 10_000,
  /** How long a request may take to arrive, in milliseconds: the largest body at 1 Mbit/s. Answers may take any time. */
  requestTimeoutMs: 70_000,
  /** How often it is looked whether a request is too late, in milliseconds: so much later it may end. */
  checkMs: 5_000,
  /** How long a connection stays open between two requests, in milliseconds: longer than the minute after which clients and
   * proxies close theirs, so that none sends a request into a connection that is just being closed. */
  keepAliveMs: 65_000,
  /** How long a client may leave unread what it was sent, in milliseconds: it can come back for a stream. */
  unreadMs: 120_000,
};
