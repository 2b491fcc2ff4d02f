import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  Mode,
  Operation,
  Reason,
  SessionRequest,
  SessionResponse,
} from '../../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { RecordedQuestion } from '../../../sidecar/guard-command/recorded-question.ts';
import { RecordedSession } from '../../../sidecar/guard-command/recorded-session.ts';

/** A session that is opened, and what is told of it. */
function openedSession() {
  const told: RecordedQuestion[] = [];
  const counts = { leftOut: 0 };
  const session = new RecordedSession(
    (question) => told.push(question),
    () => counts.leftOut++,
  );
  const request = (message: SessionRequest['message']) =>
    session.request(Buffer.from(SessionRequest.encode({ message }).finish()));
  const response = (message: SessionResponse['message']) =>
    session.response(Buffer.from(SessionResponse.encode({ message }).finish()));
  const none = new Uint8Array();
  request({
    $case: 'open',
    value: { guard: 'g', policy: none, principal: '', timeoutMs: 0, traceparent: '' },
  });
  const labels = { description: '', secrecy: [], integrity: [] };
  response({
    $case: 'opened',
    value: { agent: labels, mode: Mode.MODE_FILTER, guardDigest: 'd', normalizedPolicy: none },
  });
  const ask = (id: number, args: string) => {
    const value = { toolName: 't', toolArgs: Buffer.from(args) };
    const question = { $case: 'labelResource' as const, value };
    request({ $case: 'ask', value: { id, timeoutMs: 0, traceparent: '', question } });
  };
  const answer = (id: number) => {
    const value = { resource: labels, operation: Operation.OPERATION_READ };
    response({ $case: 'answer', value: { id, labels: { $case: 'resource', value } } });
  };
  const fail = (id: number, reason: Reason) =>
    response({ $case: 'failed', value: { id, code: 2, reason, message: 'it failed' } });
  return { session, told, counts, ask, answer, fail };
}

suite('a recorded session', () => {
  test('tells of a call that brought no response when it ends', () => {
    const { session, told, ask, answer } = openedSession();
    ask(1, '{"n":1}');
    answer(1);
    assert.equal(told.length, 0);
    session.ended();
    session.ended();
    assert.equal(told.length, 1);
    assert.deepEqual(told[0]?.args, { n: 1 });
    assert.deepEqual(told[0]?.came.resource, { secrecy: [], integrity: [], operation: 'read' });
  });

  test('holds so many calls, and tells of the oldest to make room', () => {
    const { told, ask, answer } = openedSession();
    for (let id = 1; id <= 300; id++) {
      ask(id, `{"n":${id}}`);
      answer(id);
    }
    assert.equal(told.length, 300 - 256);
    assert.deepEqual(told[0]?.args, { n: 1 });
  });

  test('holds a question while many others are asked and answered', () => {
    const { session, told, ask, answer, fail } = openedSession();
    ask(1, '{"n":1}');
    for (let id = 2; id <= 300; id++) {
      ask(id, '{"n":0}');
      if (id % 2 === 0) answer(id);
      else fail(id, Reason.REASON_CANCELLED);
    }
    answer(1);
    session.ended();
    assert.deepEqual(
      told.map(({ args }) => args),
      [{ n: 0 }, { n: 1 }],
    );
  });

  test('tells of failures that are the guard’s doing, and of no others', () => {
    const { told, ask, fail } = openedSession();
    ask(1, '{}');
    fail(1, Reason.REASON_GUARD_TRAPPED);
    ask(2, '{}');
    fail(2, Reason.REASON_CANCELLED);
    assert.deepEqual(
      told.map(({ came }) => came.failure),
      [{ at: 'label_resource', code: 'GUARD_TRAPPED' }],
    );
  });

  test('leaves out what cannot be read or would lose digits', () => {
    const { session, told, counts, ask, answer } = openedSession();
    session.request(Buffer.from([0xff, 0xff]));
    ask(1, '{"n":12345678901234567890}');
    answer(1);
    session.ended();
    assert.deepEqual([told.length, counts.leftOut], [0, 2]);
  });
});
