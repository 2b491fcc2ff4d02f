const MiB = 1024 * 1024;

/** What the endpoint holds at most. */
export interface ModernLimits {
  readonly maxOpenRequests: number;
  readonly maxCallerRequests: number;
  readonly tickMs: number;
  readonly maxUnsentBytes: number;
}

export const modernLimits: ModernLimits = {
  /** Requests at once, those that listen, too: each holds a connection, and most systems give a process as many. */
  maxOpenRequests: 10_000,
  /** The same of one principal, whatever runs it names: one cannot keep all others out. */
  maxCallerRequests: 2_000,
  /**
   * How often silent streams get a sign of life, and requests that still wait become streams: proxies drop connections
   * that are silent for a minute, and Node's fetch gives up after five without headers.
   */
  tickMs: 15_000,
  /** Notifications that a client has not taken yet; one that leaves more than that unread is cut off. */
  maxUnsentBytes: 4 * MiB,
};
