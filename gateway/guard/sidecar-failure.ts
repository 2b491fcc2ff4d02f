/** What the sidecar says went wrong, as the gateway's errors. */
import type { ServiceError } from '@grpc/grpc-js';
import { ErrorInfo } from '../../proto/gen/google/rpc/error_details.ts';
import { Status } from '../../proto/gen/google/rpc/status.ts';
import { type Failed, Reason } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { GatewayError } from '../gateway-error.ts';
import type { FailureReason } from '../outcome.ts';

/** The stream is gone, through no fault of the guard: the session may be opened again and the question asked again. */
export class SessionLost extends Error {
  /** The message without the guard's words. */
  readonly summary: string;

  constructor(message: string, summary = message) {
    super(message);
    this.summary = summary;
  }
}

/** This sidecar has not done it, and another may: it has no room, or not the guard. */
export class Unserved extends Error {
  /** What it comes to where there is no other. */
  readonly refusal: GatewayError;

  constructor(refusal: GatewayError) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** What the agent is told for each reason of the sidecar. Nothing where the session is to be opened again. */
const failureCodes: Readonly<Record<string, FailureReason | undefined>> = {
  GUARD_NOT_FOUND: 'GUARD_UNAVAILABLE',
  GUARD_UNAVAILABLE: 'GUARD_UNAVAILABLE',
  POLICY_REJECTED: 'POLICY_REJECTED',
  GUARD_TRAPPED: 'GUARD_TRAPPED',
  GUARD_ERROR: 'GUARD_ERROR',
  INVALID_OUTPUT: 'INVALID_OUTPUT',
  DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED',
  BUDGET_EXCEEDED: 'BUDGET_EXCEEDED',
  MEMORY_LIMIT: 'MEMORY_LIMIT',
  QUEUE_FULL: 'QUEUE_FULL',
  CANCELLED: 'CANCELLED',
  INVALID_REQUEST: 'INTERNAL',
  INTERNAL: 'INTERNAL',
  PROCESS_LOST: 'GUARD_UNAVAILABLE',
  QUEUE_TIMEOUT: 'QUEUE_FULL',
  OUTPUT_LIMIT: 'GUARD_ERROR',
};

const reasonNames = new Map(
  Object.entries(Reason).map(([name, number]) => [number as number, name.replace(/^REASON_/, '')]),
);

/** Why the sidecar did not answer a question. */
export function questionError({ reason, message }: Failed): Error {
  return reasonError(reasonNames.get(reason), message);
}

/** Why the sidecar ended a session. */
export function streamError(error: ServiceError): Error {
  return reasonError(reasonOf(error), error.details);
}

/** The reason in a stream's status; nothing where there is none that we understand. */
function reasonOf(error: ServiceError): string | undefined {
  const [details] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!Buffer.isBuffer(details)) return undefined;
  try {
    const [info] = Status.decode(details).details;
    return info && ErrorInfo.decode(info.value).reason;
  } catch {
    // In the handler of a stream an exception would end the process.
    return undefined;
  }
}

/** The reasons whose message repeats what the guard said. */
const quotingReasons: ReadonlySet<string> = new Set([
  'POLICY_REJECTED',
  'GUARD_ERROR',
  'INVALID_OUTPUT',
  'GUARD_RELOADED',
]);

/** What says nothing of the question itself: it was never asked, or need not have been asked there. */
const elsewhere: ReadonlySet<string> = new Set([
  'GUARD_NOT_FOUND',
  'GUARD_UNAVAILABLE',
  'QUEUE_FULL',
  'QUEUE_TIMEOUT',
]);

function reasonError(reason: string | undefined, message: string): Error {
  const code = reason === undefined ? undefined : failureCodes[reason];
  const isQuoting = reason !== undefined && quotingReasons.has(reason);
  const summary = isQuoting ? `the sidecar answered ${reason}` : message;
  if (code === undefined) return new SessionLost(message, summary);
  const failure = new GatewayError(code, message, { summary });
  return reason !== undefined && elsewhere.has(reason) ? new Unserved(failure) : failure;
}
