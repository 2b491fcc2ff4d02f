/** Every limit of the configuration file: its unit in its name, its reason above it. */

/** A thousand servers with all their rules are some 500 KB. */
export const maxFileBytes = 1024 * 1024;

/** Policies nest about ten deep; readers of JSON that recurse stand ten times this. */
export const maxNesting = 100;

/** A key of 16 random characters is out of reach of guessing. */
export const minApiKeyCharacters = 16;

/** Longer paths of sockets are cut by the system without a word (108 bytes with the final NUL). */
export const maxSocketPathBytes = 100;

/** Seconds. Below a tenth nothing can answer; a day is longer than any client waits. */
export const toolTimeoutRange = Object.freeze({ minimum: 0.1, maximum: 86_400 });

/** The default of the system that Sluice replaces. */
export const defaultToolTimeoutSeconds = 60;

/** Seconds, as for tool calls. */
export const connectTimeoutRange = Object.freeze({ minimum: 0.1, maximum: 86_400 });

/** Long enough for a server that its package manager has to fetch first. */
export const defaultConnectTimeoutSeconds = 30;
