import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { orAborted } from '../../sidecar/or-aborted.ts';

suite('work that a signal may cut short', () => {
  test('is what it comes to when the signal stays away', async () => {
    assert.equal(await orAborted(Promise.resolve(1), new AbortController().signal), 1);
  });

  test('leaves its failure to nobody when the signal was aborted before', async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', hear);
    const late = Promise.withResolvers<void>();
    await assert.rejects(orAborted(late.promise, AbortSignal.abort('gone')), (reason) => reason === 'gone');
    late.reject(new Error('too late'));
    await nextTurn();
    process.off('unhandledRejection', hear);
    assert.deepEqual(unheard, []);
  });
});
