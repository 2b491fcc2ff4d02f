import type { FailureReason } from './outcome.ts';

/** The gateway's one error class: why a call could not be judged or carried out. Its message is for the operator. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: FailureReason;
  /** The message without what others said, which may repeat payloads: this is what the log has. */
  readonly summary: string;

  /** `summary` is needed where the message holds the words of a server, a client or a guard. */
  constructor(
    code: FailureReason,
    message: string,
    { summary = message, ...options }: { cause?: unknown; summary?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.summary = summary;
  }
}

/** `error` as a GatewayError; anything else is a fault of ours, and its words stay in `cause`. */
export function asGatewayError(error: unknown): GatewayError {
  return error instanceof GatewayError
    ? error
    : new GatewayError('INTERNAL', 'internal error', { cause: error });
}
