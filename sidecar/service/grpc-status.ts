import { Metadata, status } from '@grpc/grpc-js';
import { ErrorInfo } from '../../proto/gen/google/rpc/error_details.ts';
import { Status } from '../../proto/gen/google/rpc/status.ts';
import { type Failed, Reason } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { asGuardError, type GuardErrorCode } from '../guard-error.ts';

/** Who defines the reasons: `google.rpc.ErrorInfo.domain`. */
export const errorDomain = 'sluice.dev';

/**
 * The gRPC status of each code, as in a stream's status and in `Failed.code`. INTERNAL is kept for faults of the sidecar
 * itself; what the guard did wrong is UNKNOWN, an error from beyond this server; UNAVAILABLE may be asked again as it is.
 */
export const grpcCode: Record<GuardErrorCode, status> = {
  GUARD_NOT_FOUND: status.NOT_FOUND,
  GUARD_UNAVAILABLE: status.UNAVAILABLE,
  POLICY_REJECTED: status.INVALID_ARGUMENT,
  GUARD_TRAPPED: status.UNKNOWN,
  GUARD_ERROR: status.UNKNOWN,
  INVALID_OUTPUT: status.UNKNOWN,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  BUDGET_EXCEEDED: status.RESOURCE_EXHAUSTED,
  MEMORY_LIMIT: status.RESOURCE_EXHAUSTED,
  QUEUE_FULL: status.RESOURCE_EXHAUSTED,
  CANCELLED: status.CANCELLED,
  INVALID_REQUEST: status.INVALID_ARGUMENT,
  SHUTTING_DOWN: status.UNAVAILABLE,
  INTERNAL: status.INTERNAL,
  PROCESS_LOST: status.UNAVAILABLE,
  GUARD_RELOADED: status.UNAVAILABLE,
  QUEUE_TIMEOUT: status.RESOURCE_EXHAUSTED,
  OUTPUT_LIMIT: status.RESOURCE_EXHAUSTED,
};

/** The `Reason` of each code, as in `Failed.reason`. */
export const protoReason: Record<GuardErrorCode, Reason> = {
  GUARD_NOT_FOUND: Reason.REASON_GUARD_NOT_FOUND,
  GUARD_UNAVAILABLE: Reason.REASON_GUARD_UNAVAILABLE,
  POLICY_REJECTED: Reason.REASON_POLICY_REJECTED,
  GUARD_TRAPPED: Reason.REASON_GUARD_TRAPPED,
  GUARD_ERROR: Reason.REASON_GUARD_ERROR,
  INVALID_OUTPUT: Reason.REASON_INVALID_OUTPUT,
  DEADLINE_EXCEEDED: Reason.REASON_DEADLINE_EXCEEDED,
  BUDGET_EXCEEDED: Reason.REASON_BUDGET_EXCEEDED,
  MEMORY_LIMIT: Reason.REASON_MEMORY_LIMIT,
  QUEUE_FULL: Reason.REASON_QUEUE_FULL,
  CANCELLED: Reason.REASON_CANCELLED,
  INVALID_REQUEST: Reason.REASON_INVALID_REQUEST,
  SHUTTING_DOWN: Reason.REASON_SHUTTING_DOWN,
  INTERNAL: Reason.REASON_INTERNAL,
  PROCESS_LOST: Reason.REASON_PROCESS_LOST,
  GUARD_RELOADED: Reason.REASON_GUARD_RELOADED,
  QUEUE_TIMEOUT: Reason.REASON_QUEUE_TIMEOUT,
  OUTPUT_LIMIT: Reason.REASON_OUTPUT_LIMIT,
};

/** What a question is told that failed with `error`. What is no GuardError becomes INTERNAL, and its words stay here. */
export function failedQuestion(id: number, error: unknown): Failed {
  const { code, message } = asGuardError(error);
  return { id, code: grpcCode[code], reason: protoReason[code], message };
}

/** What ends a stream: grpc-js takes it as an error, or as a status with `details: message`. */
export interface GrpcStatus {
  code: status;
  message: string;
  /** Trailers, with `google.rpc.Status` in `grpc-status-details-bin`. */
  metadata: Metadata;
}

/** The status that ends a stream for `error`. What is no GuardError becomes INTERNAL, and its words stay here. */
export function grpcStatus(error: unknown): GrpcStatus {
  const { code, message } = asGuardError(error);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(statusDetails(code, message)));
  return { code: grpcCode[code], message, metadata };
}

function statusDetails(code: GuardErrorCode, message: string): Uint8Array {
  const info = ErrorInfo.encode({ reason: code, domain: errorDomain, metadata: {} }).finish();
  const detail = { typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: info };
  return Status.encode({ code: grpcCode[code], message, details: [detail] }).finish();
}
