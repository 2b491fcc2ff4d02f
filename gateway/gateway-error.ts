import type { FailureReason } from './outcome.ts';

/** The gateway's one error class: why a call could not be judged or carried out. Its message is for the operator's log. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: FailureReason;

  constructor(code: FailureReason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** `error` as a GatewayError; anything else is a fault of ours, and its words stay in `cause`. */
export function asGatewayError(error: unknown): GatewayError {
  return error instanceof GatewayError
    ? error
    : new GatewayError('INTERNAL', 'internal error', { cause: error });
}
