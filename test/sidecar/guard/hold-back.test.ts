import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { guardRule, HoldBack, sessionRule } from '../../../sidecar/guard/hold-back.ts';

/** Fails at this moment, having begun just before. */
function fail(
  holdBack: HoldBack,
  atMs: number,
  { caller = 'a', task = 'label_response', begunAt = atMs } = {},
) {
  holdBack.failed({ task, caller, begunAt, reason: 'it trapped' }, atMs);
}

describe('who keeps failing', () => {
  it('pauses after the third time in a row, and says why', () => {
    const holdBack = new HoldBack(sessionRule);
    fail(holdBack, 0);
    fail(holdBack, 1);
    assert.equal(holdBack.pauseAt(1), undefined);
    fail(holdBack, 2);
    assert.deepEqual(holdBack.pauseAt(2), { failures: 3, reason: 'it trapped', untilMs: 202 });
  });

  it('is asked again when the pause is over', () => {
    const holdBack = new HoldBack(sessionRule);
    for (const atMs of [0, 0, 0]) fail(holdBack, atMs);
    assert.notEqual(holdBack.pauseAt(199), undefined);
    assert.equal(holdBack.pauseAt(200), undefined);
  });

  it('pauses twice as long each time, up to a bound', () => {
    const holdBack = new HoldBack(sessionRule);
    for (const atMs of [0, 0, 0]) fail(holdBack, atMs);
    const pauses = [];
    for (let nowMs = 0; pauses.length < 10; ) {
      const untilMs = holdBack.pauseAt(nowMs)?.untilMs ?? 0;
      pauses.push(untilMs - nowMs);
      nowMs = untilMs;
      fail(holdBack, nowMs);
    }
    assert.deepEqual(pauses, [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('does not pause longer for questions that were under way when the pause began', () => {
    const holdBack = new HoldBack(sessionRule);
    for (const atMs of [0, 0, 0]) fail(holdBack, atMs);
    for (let question = 0; question < 100; question++) fail(holdBack, 50, { begunAt: -1 });
    assert.equal(holdBack.pauseAt(50)?.untilMs, 200);
  });

  it('starts anew after a success of the same task, not of another', () => {
    const holdBack = new HoldBack(sessionRule);
    for (const atMs of [0, 0]) fail(holdBack, atMs);
    holdBack.succeeded('label_resource');
    fail(holdBack, 0);
    assert.notEqual(holdBack.pauseAt(0), undefined);
    holdBack.succeeded('label_response');
    assert.equal(holdBack.pauseAt(0), undefined);
    for (const atMs of [300, 300, 300]) fail(holdBack, atMs);
    assert.equal(holdBack.pauseAt(300)?.untilMs, 500);
  });

  it('is a guard only when it fails for several callers, and nobody succeeds between them', () => {
    const guard = new HoldBack(guardRule);
    for (let times = 0; times < 1_000; times++) fail(guard, times, { caller: 'a' });
    fail(guard, 1_000, { caller: 'b' });
    assert.equal(guard.pauseAt(1_000), undefined);
    guard.succeeded('label_response');
    for (const caller of ['a', 'b']) fail(guard, 1_001, { caller });
    assert.equal(guard.pauseAt(1_001), undefined);
    fail(guard, 1_002, { caller: 'c' });
    assert.notEqual(guard.pauseAt(1_002), undefined);
  });
});
