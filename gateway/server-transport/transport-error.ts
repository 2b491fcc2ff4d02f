/**
 * What can go wrong on the way to a server.
 * - `UNREACHABLE`: it could not be started, or nobody answers at its address.
 * - `BROKEN`: the connection or the stream ended before the answer came.
 * - `CLOSED`: the transport had ended before.
 * - `SESSION_EXPIRED`: the server does not know the session any more; this message was not taken.
 * - `STATUS`: the server refused this message with the HTTP status in `status`.
 * - `MALFORMED`: what it answered is no JSON-RPC, or not what the transport's rules have.
 * - `NO_CREDENTIALS`: no token for it could be had, so nothing was sent.
 * - `TOO_LARGE`: what it sent is larger than a message may be.
 */
export type TransportErrorCode =
  | 'UNREACHABLE'
  | 'BROKEN'
  | 'CLOSED'
  | 'SESSION_EXPIRED'
  | 'STATUS'
  | 'MALFORMED'
  | 'NO_CREDENTIALS'
  | 'TOO_LARGE';

/** What the server said of a refusal. */
export interface Refusal {
  /** The HTTP status. */
  readonly status: number;
  /** The beginning of the body, where it was read. */
  readonly body?: string;
  /** The header of that name: seconds, or a date. */
  readonly retryAfter?: string | undefined;
}

/** A fault of the transport to a server. Its message is for the operator. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportErrorCode;
  readonly refusal: Refusal | undefined;
  /** The message without what the server said, which may repeat payloads: this is what the log has. */
  readonly summary: string;

  /** `summary` is needed where the message holds the server's words. */
  constructor(
    code: TransportErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly refusal?: Refusal; readonly summary?: string } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.refusal = options.refusal;
    this.summary = options.summary ?? message;
  }

  /** The HTTP status of a refusal. */
  get status(): number | undefined {
    return this.refusal?.status;
  }
}
