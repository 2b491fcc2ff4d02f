import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Coroutine } from '../../../sidecar/guest/coroutine.ts';

describe('a coroutine', () => {
  it('returns in its first turn when it need not wait', async () => {
    const coroutine = new Coroutine<string, never, never>();
    assert.deepEqual(await coroutine.start(async () => 'result'), { kind: 'returned', result: 'result' });
    assert.equal(coroutine.isWaiting, false);
  });

  it('ends a turn for each wait, and goes on with the answer', async () => {
    const coroutine = new Coroutine<string, string, number>();
    const first = coroutine.start(async () => {
      const one = await coroutine.wait('one');
      const two = await coroutine.wait('two');
      return `${one} ${two}`;
    });
    assert.deepEqual(await first, { kind: 'waits', wait: 'one' });
    assert.equal(coroutine.isWaiting, true);
    assert.deepEqual(await coroutine.resume(1), { kind: 'waits', wait: 'two' });
    assert.deepEqual(await coroutine.resume(2), { kind: 'returned', result: '1 2' });
    assert.equal(coroutine.isWaiting, false);
  });

  it('does nothing between turns', async () => {
    const coroutine = new Coroutine<void, string, number>();
    const steps: string[] = [];
    await coroutine.start(async () => {
      steps.push('before');
      await coroutine.wait('now');
      steps.push('after');
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(steps, ['before']);
    await coroutine.resume(0);
    assert.deepEqual(steps, ['before', 'after']);
  });

  it('rejects the turn in which it throws', async () => {
    const coroutine = new Coroutine<void, string, number>();
    await coroutine.start(async () => {
      await coroutine.wait('now');
      throw new Error('in the second turn');
    });
    await assert.rejects(coroutine.resume(0), /in the second turn/);
    await assert.rejects(
      new Coroutine().start(() => Promise.reject(new Error('at once'))),
      /at once/,
    );
  });

  it('unwinds: what it waits for fails', async () => {
    const coroutine = new Coroutine<void, string, number>();
    const unwound: string[] = [];
    await coroutine.start(async () => {
      try {
        await coroutine.wait('now');
      } finally {
        unwound.push('cleaned up');
      }
    });
    await assert.rejects(coroutine.unwind(new Error('cancelled')), /cancelled/);
    assert.deepEqual(unwound, ['cleaned up']);
    assert.equal(coroutine.isWaiting, false);
  });

  it('that swallows its unwinding ends its turn all the same', async () => {
    const coroutine = new Coroutine<string, string, number>();
    await coroutine.start(async () => {
      await coroutine.wait('now').catch(() => 0);
      return 'went on';
    });
    assert.deepEqual(await coroutine.unwind(new Error('cancelled')), { kind: 'returned', result: 'went on' });
  });

  it('that does not wait has nothing to be resumed or unwound', () => {
    assert.throws(() => new Coroutine().resume(0), /nothing waits/);
    assert.throws(() => new Coroutine().unwind(new Error('cancelled')), /nothing waits/);
  });
});
