/**
 * Why a guard session or a question failed: the closed set that peers see, in the words of the protocol's `Reason`.
 * Each code has its gRPC status and its `Reason` in `grpc-status.ts`.
 */
export type GuardErrorCode =
  | 'GUARD_NOT_FOUND'
  | 'GUARD_UNAVAILABLE'
  | 'POLICY_REJECTED'
  | 'GUARD_TRAPPED'
  | 'GUARD_ERROR'
  | 'INVALID_OUTPUT'
  | 'DEADLINE_EXCEEDED'
  | 'BUDGET_EXCEEDED'
  | 'MEMORY_LIMIT'
  | 'QUEUE_FULL'
  | 'CANCELLED'
  | 'INVALID_REQUEST'
  | 'SHUTTING_DOWN'
  | 'INTERNAL'
  | 'PROCESS_LOST'
  | 'GUARD_RELOADED'
  | 'QUEUE_TIMEOUT'
  | 'OUTPUT_LIMIT';

/** The sidecar's one error class. Its message is a clause about the guard ("it …") for the operator and travels to the gateway. */
export class GuardError extends Error {
  override readonly name = 'GuardError';
  readonly code: GuardErrorCode;

  /** `cause` is for the sidecar's log only: it never travels. */
  constructor(code: GuardErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** `error` as a GuardError. Anything else is a fault of ours: its words may hold secrets, so they stay in `cause`. */
export function asGuardError(error: unknown): GuardError {
  return error instanceof GuardError ? error : new GuardError('INTERNAL', 'internal error', { cause: error });
}
