const MiB = 1024 * 1024;

/** Largest params or result in bytes: what servers' answers may have on the gateway's other ways. */
export const maxJsonBytes = 32 * MiB;

/**
 * Largest gRPC message in bytes. Above the limit on what is in it: a message that grpc-js refuses is an error of the
 * transport, which an agentgateway with `failOpen` would pass, and what is refused here is an answer.
 */
export const maxMessageBytes = 40 * MiB;

/** HTTP/2 window in bytes: with the default of 64 KiB a megabyte takes three times as long. */
export const http2WindowBytes = 4 * MiB;

/** Requests that wait for their responses at once: agentgateway has as many MCP requests under way. Each holds its params. */
export const maxSuspendedCalls = 1_000;

/** The same of one principal: an agent whose requests are never answered must leave room for others. */
export const maxSuspendedCallsOfPrincipal = 100;

/** The longest method in characters: guards are asked by it and the log has it. MCP's own have up to 36. */
export const maxMethodLength = 200;

/** The longest principal in characters: subjects of tokens have up to 255 (OpenID Connect). */
export const maxPrincipalLength = 255;

/** How long TLS may take to begin, in milliseconds; three round trips to the other side of the world take one second. */
export const handshakeTimeoutMs = 10_000;

/** Connections at once: an agentgateway has a few. */
export const maxConnections = 256;

/** Between two lines about refused connections, in milliseconds: whoever tries ports must not fill the log. */
export const refusalLogMs = 1_000;
