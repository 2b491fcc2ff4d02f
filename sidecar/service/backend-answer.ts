import {
  type BackendError,
  BackendErrorCode,
  type BackendResult,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { BackendAnswer } from '../guest/backend-calls.ts';
import type { BackendFailure } from '../guest/protocol.ts';
import { maxOutputBytes } from '../limits.ts';

/** The names that `backend_error` gives, and what a repeat may help against. */
const failures: ReadonlyMap<BackendErrorCode, { name: string; retryable: boolean }> = new Map([
  [BackendErrorCode.BACKEND_ERROR_CODE_INTERNAL, { name: 'INTERNAL', retryable: false }],
  [BackendErrorCode.BACKEND_ERROR_CODE_INVALID_ARGUMENT, { name: 'INVALID_ARGUMENT', retryable: false }],
  [BackendErrorCode.BACKEND_ERROR_CODE_DEADLINE_EXCEEDED, { name: 'DEADLINE_EXCEEDED', retryable: false }],
  [BackendErrorCode.BACKEND_ERROR_CODE_UNAVAILABLE, { name: 'UNAVAILABLE', retryable: true }],
  [BackendErrorCode.BACKEND_ERROR_CODE_NOT_FOUND, { name: 'NOT_FOUND', retryable: false }],
  [BackendErrorCode.BACKEND_ERROR_CODE_PERMISSION_DENIED, { name: 'PERMISSION_DENIED', retryable: false }],
  [BackendErrorCode.BACKEND_ERROR_CODE_RESOURCE_EXHAUSTED, { name: 'RESOURCE_EXHAUSTED', retryable: false }],
  [BackendErrorCode.BACKEND_ERROR_CODE_RATE_LIMITED, { name: 'RATE_LIMITED', retryable: true }],
  [BackendErrorCode.BACKEND_ERROR_CODE_CANCELLED, { name: 'CANCELLED', retryable: false }],
  [BackendErrorCode.BACKEND_ERROR_CODE_INVALID_RESULT, { name: 'INVALID_RESULT', retryable: false }],
]);

/** What the guest gets for the gateway's answer. */
export function backendAnswer({ outcome }: BackendResult): BackendAnswer {
  if (outcome?.$case === 'error') return failure(outcome.value);
  if (outcome?.$case !== 'json')
    return failure({ code: 1, message: 'the gateway gave no outcome', retryAfterMs: 0 });
  if (outcome.value.length <= maxOutputBytes) return outcome.value;
  const message = `the result has ${outcome.value.length} bytes, and a guard may read ${maxOutputBytes}`;
  return failure({ code: BackendErrorCode.BACKEND_ERROR_CODE_RESOURCE_EXHAUSTED, message, retryAfterMs: 0 });
}

/** What the guest gets when the client ended its side of the stream. */
export const backendGone: BackendFailure = failure({
  code: BackendErrorCode.BACKEND_ERROR_CODE_UNAVAILABLE,
  message: 'the gateway answers no more backend calls on this stream',
  retryAfterMs: 0,
});

function failure({ code, message, retryAfterMs }: BackendError): BackendFailure {
  const known = failures.get(code);
  if (known === undefined) return { code: -1, name: 'INTERNAL', message, retryable: false, retryAfterMs };
  return { code: -code, ...known, message, retryAfterMs };
}
