/** Every limit of the configuration file: its unit in its name, its reason above it. */

/** A thousand servers with all their rules are some 500 KB. */
export const maxFileBytes = 1024 * 1024;

/** Policies nest about ten deep; readers of JSON that recurse stand ten times this. */
export const maxNesting = 100;

/** A key of 16 random characters is out of reach of guessing. */
export const minApiKeyCharacters = 16;

/** Longer paths of sockets are cut by the system without a word (108 bytes with the final NUL). */
export const maxSocketPathBytes = 100;

/** Sidecars: each is asked for its health once a second; who has more has a balancer of its own in front of them. */
export const maxSidecarAddresses = 64;

/** Seconds. Below a tenth nothing can answer; a day is longer than any client waits. */
export const toolTimeoutRange = Object.freeze({ minimum: 0.1, maximum: 86_400 });

/** The default of the system that Sluice replaces. */
export const defaultToolTimeoutSeconds = 60;

/** Seconds, as for tool calls. */
export const connectTimeoutRange = Object.freeze({ minimum: 0.1, maximum: 86_400 });

/** Long enough for a server that its package manager has to fetch first. */
export const defaultConnectTimeoutSeconds = 30;

/** Results in a row: one opens at once, and who waits for a hundred has no breaker. The default is gh-aw's. */
export const rateLimitThresholdRange = Object.freeze({ minimum: 1, maximum: 100 });
export const defaultRateLimitThreshold = 3;

/** Seconds, as for tool calls. The default is gh-aw's. */
export const rateLimitCooldownRange = Object.freeze({ minimum: 0.1, maximum: 86_400 });
export const defaultRateLimitCooldownSeconds = 60;

/** Bytes: no result is smaller than one, and none can be larger than the most. The default is gh-aw's. */
export const payloadThresholdRange = Object.freeze({ minimum: 1, maximum: 1024 ** 3 });
export const defaultPayloadThresholdBytes = 512 * 1024;

/** MiB: a day of a busy gateway fits into a few files, and one can still be read with an editor. */
export const auditFileRange = Object.freeze({ minimum: 1, maximum: 65_536 });
export const defaultAuditFileMiB = 64;

/** Rotated files: without one the trail would be gone with each rotation. */
export const auditKeepRange = Object.freeze({ minimum: 1, maximum: 1_000 });
export const defaultAuditKeep = 10;

/** Seconds: below one nobody gets anything done; agent sessions hardly live longer than a day. */
export const privilegeSecondsRange = Object.freeze({ minimum: 1, maximum: 86_400 });

/** Uses in one agent session: who needs more than a million does not count. */
export const privilegeUsesRange = Object.freeze({ minimum: 1, maximum: 1_000_000 });

/** Seconds, as for tool calls. Nought: whatever is under way breaks off. */
export const shutdownTimeoutRange = Object.freeze({ minimum: 0, maximum: 86_400 });

/** The default of the system that Sluice replaces; process managers that kill after a time give as much or more. */
export const defaultShutdownTimeoutSeconds = 30;

/** What a guard may say at most: beyond these the sidecar refuses its answer anyway. */
export const guardSizeRanges = Object.freeze({
  maxTags: { minimum: 1, maximum: 4096 },
  maxTagLength: { minimum: 1, maximum: 1024 },
  maxItems: { minimum: 1, maximum: 100_000 },
  maxNesting: { minimum: 1, maximum: 256 },
});
