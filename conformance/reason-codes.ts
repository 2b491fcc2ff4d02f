import { status } from '@grpc/grpc-js';
import { Reason } from '../proto/gen/sluice/labeler/v1/labeler.ts';

/** The reasons of the protocol, without their prefix. */
export type ReasonName =
  Exclude<keyof typeof Reason, 'UNRECOGNIZED' | 'REASON_UNSPECIFIED'> extends `REASON_${infer Name}`
    ? Name
    : never;

/** The gRPC status of each reason (docs/protocol.md). */
export const reasonCodes: Readonly<Record<ReasonName, status>> = {
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

const names = Object.keys(reasonCodes) as ReasonName[];

/** All of them, in the order of their numbers. */
export const reasonNames: readonly ReasonName[] = names;

/** The number of a reason in `failed`. */
export function reasonNumber(name: ReasonName): Reason {
  return Reason[`REASON_${name}`];
}

/** The name of a number; the number itself where the protocol has none for it. */
export function nameOfReason(number: number): string {
  return names.find((name) => reasonNumber(name) === number) ?? String(number);
}
