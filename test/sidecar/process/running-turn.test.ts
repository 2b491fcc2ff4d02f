import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { GuardError } from '../../../sidecar/guard-error.ts';
import { cancelGraceMs, deadlineGraceMs } from '../../../sidecar/limits.ts';
import { RunningTurn, type TurnResult } from '../../../sidecar/process/running-turn.ts';

const request = { op: 'drop', instances: [] } as const;
const result: TurnResult = {
  reply: { kind: 'dropped', totalCpuMs: 1, instances: 0 },
  payload: new Uint8Array(0),
  cpuMs: 1,
};

/** A process that says what CPU time it has burnt, and notes why it was killed. */
class Process {
  burntMs = 0;
  readonly killedFor: string[] = [];
  readonly ending = new AbortController();
  readonly turn: RunningTurn;
  begins = 0;
  ends = 0;

  constructor({ hasBegun = true } = {}) {
    const onStart = () => void this.begins++;
    const onEnd = () => void this.ends++;
    this.turn = new RunningTurn(this, { request, cpuMs: 100, onStart, onEnd }, this.ending.signal);
    if (hasBegun) this.turn.begin();
  }

  kill(reason: GuardError): void {
    this.killedFor.push(reason.code);
    this.turn.fail(reason);
  }

  cpuMsOfThisTurn(): number {
    return this.burntMs;
  }
}

/** Until its time is looked at, and once more: a reply may be here that nobody has read. */
function tickTwice(milliseconds: number): void {
  mock.timers.tick(milliseconds);
  mock.timers.tick(1);
}

describe('a turn that has not begun', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('and was cancelled meanwhile gets no more CPU time than the grace when it comes', async () => {
    const process = new Process({ hasBegun: false });
    process.ending.abort(new GuardError('CANCELLED', 'gone'));
    await assert.rejects(process.turn.result, { code: 'CANCELLED' });
    process.turn.begin();
    process.burntMs = cancelGraceMs - 1;
    tickTwice(cancelGraceMs);
    assert.deepEqual(process.killedFor, []);
    process.burntMs = cancelGraceMs;
    tickTwice(1);
    assert.deepEqual(process.killedFor, ['CANCELLED']);
  });

  it('is not watched: others burn the time', async () => {
    const process = new Process({ hasBegun: false });
    process.burntMs = 1_000;
    mock.timers.tick(10_000);
    assert.deepEqual([process.killedFor, process.begins], [[], 0]);
    process.turn.begin();
    tickTwice(100);
    assert.deepEqual([process.killedFor, process.begins], [['BUDGET_EXCEEDED'], 1]);
    await assert.rejects(process.turn.result, { code: 'BUDGET_EXCEEDED' });
  });

  it('tells whoever waits for it that its time is over, and is over when the process is through with it', async () => {
    const process = new Process({ hasBegun: false });
    process.ending.abort(new GuardError('CANCELLED', 'the caller cancelled'));
    await assert.rejects(process.turn.result, { code: 'CANCELLED' });
    mock.timers.tick(10_000);
    assert.deepEqual([process.killedFor, process.ends], [[], 0]);
    process.turn.begin();
    mock.timers.tick(cancelGraceMs - 1);
    process.turn.finish(result);
    mock.timers.tick(10_000);
    assert.deepEqual([process.killedFor, process.ends], [[], 1]);
  });

  it('that nobody waits for any more has its CPU time, and no more', async () => {
    const process = new Process({ hasBegun: false });
    process.ending.abort(new GuardError('DEADLINE_EXCEEDED', 'too late'));
    await assert.rejects(process.turn.result, { code: 'DEADLINE_EXCEEDED' });
    process.turn.begin();
    // Time passes for whoever waits, and nobody does: it may be a sound one that stood behind a slow one.
    mock.timers.tick(10_000);
    assert.deepEqual(process.killedFor, []);
    process.burntMs = 100;
    tickTwice(100);
    assert.deepEqual(process.killedFor, ['BUDGET_EXCEEDED']);
  });
});

describe('a turn that runs', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('ends with its result', async () => {
    const process = new Process();
    process.turn.finish(result);
    assert.equal(await process.turn.result, result);
    process.ending.abort(new GuardError('CANCELLED', 'too late'));
    process.burntMs = 1_000;
    mock.timers.tick(10_000);
    assert.deepEqual(process.killedFor, []);
  });

  it('is killed when it has burnt its CPU time', async () => {
    const process = new Process();
    process.burntMs = 100;
    tickTwice(100);
    assert.deepEqual(process.killedFor, ['BUDGET_EXCEEDED']);
    await assert.rejects(process.turn.result, { code: 'BUDGET_EXCEEDED' });
  });

  it('is not killed for time that passes while it does not run', async () => {
    const process = new Process();
    for (let passed = 0; passed < 100; passed++) mock.timers.tick(100);
    assert.deepEqual(process.killedFor, []);
    process.burntMs = 100;
    tickTwice(100);
    assert.deepEqual(process.killedFor, ['BUDGET_EXCEEDED']);
    await assert.rejects(process.turn.result, { code: 'BUDGET_EXCEEDED' });
  });

  it('is looked at again as soon as it can have burnt the rest', async () => {
    const process = new Process();
    process.burntMs = 90;
    mock.timers.tick(100);
    process.burntMs = 100;
    tickTwice(10);
    assert.deepEqual(process.killedFor, ['BUDGET_EXCEEDED']);
    await assert.rejects(process.turn.result, { code: 'BUDGET_EXCEEDED' });
  });

  it('is not blamed for what the next one has burnt, where its reply is here and only unread', async () => {
    const process = new Process();
    process.burntMs = 100;
    mock.timers.tick(100);
    process.turn.finish(result);
    mock.timers.tick(10);
    assert.deepEqual(process.killedFor, []);
    assert.equal(await process.turn.result, result);
  });

  it('is killed a moment after its deadline has passed', async () => {
    const process = new Process();
    process.ending.abort(new GuardError('DEADLINE_EXCEEDED', 'too late'));
    mock.timers.tick(deadlineGraceMs - 1);
    assert.deepEqual(process.killedFor, []);
    mock.timers.tick(1);
    assert.deepEqual(process.killedFor, ['DEADLINE_EXCEEDED']);
    await assert.rejects(process.turn.result, { code: 'DEADLINE_EXCEEDED' });
  });

  it('is killed with DEADLINE_EXCEEDED when a bare timeout ends it', async () => {
    const process = new Process();
    process.ending.abort(new DOMException('timed out', 'TimeoutError'));
    mock.timers.tick(deadlineGraceMs);
    await assert.rejects(process.turn.result, { code: 'DEADLINE_EXCEEDED' });
  });

  it('is killed at once when the sidecar stops', async () => {
    const process = new Process();
    process.ending.abort(new GuardError('SHUTTING_DOWN', 'the sidecar stops'));
    assert.deepEqual(process.killedFor, ['SHUTTING_DOWN']);
    await assert.rejects(process.turn.result, { code: 'SHUTTING_DOWN' });
  });

  it('may return by itself for a moment after it was cancelled', async () => {
    const process = new Process();
    process.ending.abort(new GuardError('CANCELLED', 'never mind'));
    mock.timers.tick(cancelGraceMs - 1);
    process.turn.finish(result);
    mock.timers.tick(10_000);
    assert.deepEqual(process.killedFor, []);
    assert.equal(await process.turn.result, result);
  });

  it('is killed when that moment is over', async () => {
    const process = new Process();
    process.ending.abort(new GuardError('CANCELLED', 'never mind'));
    mock.timers.tick(cancelGraceMs);
    assert.deepEqual(process.killedFor, ['CANCELLED']);
    await assert.rejects(process.turn.result, { code: 'CANCELLED' });
  });
});
