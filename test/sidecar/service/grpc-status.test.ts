import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { ErrorInfo } from '../../../proto/gen/google/rpc/error_details.ts';
import { Status } from '../../../proto/gen/google/rpc/status.ts';
import { Reason } from '../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { asGuardError, GuardError, type GuardErrorCode } from '../../../sidecar/guard-error.ts';
import { grpcCode, grpcStatus, protoReason } from '../../../sidecar/service/grpc-status.ts';

describe('what peers see of an error', () => {
  it('is one of the sixteen gRPC codes for each reason', () => {
    const names = Object.entries(grpcCode).map(([code, grpc]) => [code, status[grpc]]);
    assert.deepEqual(Object.fromEntries(names), {
      GUARD_NOT_FOUND: 'NOT_FOUND',
      GUARD_UNAVAILABLE: 'UNAVAILABLE',
      POLICY_REJECTED: 'INVALID_ARGUMENT',
      GUARD_TRAPPED: 'UNKNOWN',
      GUARD_ERROR: 'UNKNOWN',
      INVALID_OUTPUT: 'UNKNOWN',
      DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED',
      BUDGET_EXCEEDED: 'RESOURCE_EXHAUSTED',
      MEMORY_LIMIT: 'RESOURCE_EXHAUSTED',
      QUEUE_FULL: 'RESOURCE_EXHAUSTED',
      CANCELLED: 'CANCELLED',
      INVALID_REQUEST: 'INVALID_ARGUMENT',
      SHUTTING_DOWN: 'UNAVAILABLE',
      INTERNAL: 'INTERNAL',
      PROCESS_LOST: 'UNAVAILABLE',
      GUARD_RELOADED: 'UNAVAILABLE',
      QUEUE_TIMEOUT: 'RESOURCE_EXHAUSTED',
      OUTPUT_LIMIT: 'RESOURCE_EXHAUSTED',
    });
  });

  it("has the protocol's reason of the same name, and every reason has a code", () => {
    const reasons = Object.entries(Reason).filter(([, reason]) => reason > 0);
    const expected = reasons.map(([name, reason]) => [name.replace('REASON_', ''), reason]);
    assert.deepEqual(protoReason, Object.fromEntries(expected));
  });

  it('carries google.rpc.ErrorInfo with the reason in the status details', () => {
    const sent = grpcStatus(new GuardError('POLICY_REJECTED', 'it refused the policy: é'));
    assert.equal(sent.code, status.INVALID_ARGUMENT);
    assert.equal(sent.message, 'it refused the policy: é');
    assert.deepEqual(detailsOf(sent.metadata.get('grpc-status-details-bin')), {
      code: 3,
      message: 'it refused the policy: é',
      typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo',
      info: { reason: 'POLICY_REJECTED', domain: 'sluice.dev', metadata: {} },
    });
  });
});

describe('an error that is no GuardError', () => {
  for (const error of [
    new TypeError('secret of the guard'),
    'secret',
    undefined,
    { code: 3, message: 'secret' },
  ]) {
    it(`becomes "internal error" and keeps its words: ${typeof error}`, () => {
      const sent = grpcStatus(error);
      assert.equal(sent.code, status.INTERNAL);
      assert.equal(sent.message, 'internal error');
      const details = detailsOf(sent.metadata.get('grpc-status-details-bin'));
      assert.equal(details.info.reason, 'INTERNAL' satisfies GuardErrorCode);
      assert.doesNotMatch(JSON.stringify(details), /secret/);
      assert.equal(asGuardError(error).cause, error);
    });
  }
});

function detailsOf([bytes]: (string | Buffer)[]) {
  assert.ok(Buffer.isBuffer(bytes));
  const { code, message, details } = Status.decode(bytes);
  assert.equal(details.length, 1);
  const [detail] = details;
  assert.ok(detail);
  return { code, message, typeUrl: detail.typeUrl, info: ErrorInfo.decode(detail.value) };
}
