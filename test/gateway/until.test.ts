import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { until } from '../../gateway/until.ts';

suite('until', () => {
  test('is what the work comes to', async () => {
    assert.equal(await until(Promise.resolve(1), new AbortController().signal), 1);
    await assert.rejects(until(Promise.reject(new Error('no')), new AbortController().signal), /no/);
  });

  test('is the signal’s reason, whatever it is, when that comes first', async () => {
    const ending = new AbortController();
    const waiting = until(new Promise(() => undefined), ending.signal);
    ending.abort('enough');
    await assert.rejects(waiting, (reason) => reason === 'enough');
  });

  test('leaves the failure of work that nobody waits for to nobody', async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', hear);
    const late = Promise.withResolvers<void>();
    await assert.rejects(until(late.promise, AbortSignal.abort('gone')), (reason) => reason === 'gone');
    late.reject(new Error('too late'));
    await nextTurn();
    process.off('unhandledRejection', hear);
    assert.deepEqual(unheard, []);
  });
});
