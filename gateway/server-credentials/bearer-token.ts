/** A bearer token of a server. */
export interface BearerToken {
  readonly value: string;
  /** When it is to be used no longer, in milliseconds since 1970; undefined: its issuer does not say. */
  readonly expiresAtMs: number | undefined;
}

/** Gets a new token from its issuer. Throws a TransportError `NO_CREDENTIALS`, or the reason of `signal`. */
export type FetchToken = (signal: AbortSignal) => Promise<BearerToken>;

/** RFC 6750, 2.1: nothing that could end a header or begin another. */
export function isBearerValue(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxTokenLength && /^[\w.~+/-]+=*$/.test(value);
}

/** In characters: servers take 8 to 16 KiB of headers. */
const maxTokenLength = 8 * 1024;
