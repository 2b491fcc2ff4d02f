const MiB = 1024 * 1024;

/** What the endpoint holds at most. */
export interface EndpointLimits {
  readonly maxSessions: number;
  readonly idleMs: number;
  readonly tickMs: number;
  readonly retryMs: number;
  readonly maxBatchMessages: number;
  readonly maxPostsAtOnce: number;
  readonly maxSessionEvents: number;
  readonly maxSessionEventBytes: number;
  readonly maxEvents: number;
  readonly maxEventBytes: number;
}

export const endpointLimits: EndpointLimits = {
  /**
   * Sessions at once; the one that rested longest makes room: its client opens another, and stays the same agent. More
   * clients than that are one client in a loop.
   */
  maxSessions: 10_000,
  /** A session that nobody used for so long has ended: a working day's break does not cost one. */
  idleMs: 6 * 60 * 60 * 1000,
  /**
   * How often silent streams get a sign of life, and requests that still wait become streams: proxies drop connections
   * that are silent for a minute, and Node's fetch gives up after five without headers.
   */
  tickMs: 15_000,
  /** How long a client should wait before it comes back to a stream. */
  retryMs: 1_000,
  /** Messages in one body; as many as the SDK takes. */
  maxBatchMessages: 100,
  /** Bodies with requests that one session may have unanswered: they go on when their connections break. */
  maxPostsAtOnce: 1_000,
  /** Events kept for a session's streams, for clients that come back. The newest is kept whatever its size. */
  maxSessionEvents: 1_000,
  maxSessionEventBytes: 4 * MiB,
  /** The same for all sessions together. */
  maxEvents: 1_000_000,
  maxEventBytes: 256 * MiB,
};
