import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedTask } from '../../../sidecar/module/shared-task.ts';

const never = new AbortController().signal;

describe('a shared task', () => {
  it('runs once for all that join it', async () => {
    let runs = 0;
    const task = new SharedTask(async () => ++runs);
    assert.deepEqual(await Promise.all([task.join(never), task.join(never)]), [1, 1]);
  });

  it('goes on while one of them waits, and is given up with the last', async () => {
    const given: boolean[] = [];
    const { promise, resolve } = Promise.withResolvers<string>();
    const task = new SharedTask((signal) => {
      signal.addEventListener('abort', () => given.push(true));
      return promise;
    });
    const impatient = new AbortController();
    const first = task.join(impatient.signal);
    const second = task.join(never);
    impatient.abort(new Error('gave up'));
    await assert.rejects(first, /gave up/);
    assert.deepEqual([given.length, task.isAbandoned], [0, false]);
    resolve('done');
    assert.equal(await second, 'done');
  });

  it('is given up when nobody waits', async () => {
    let wasAborted = false;
    const task = new SharedTask((signal) => {
      signal.addEventListener('abort', () => (wasAborted = true));
      return new Promise<void>(() => undefined);
    });
    const impatient = new AbortController();
    const only = task.join(impatient.signal);
    impatient.abort(new Error('gave up'));
    await assert.rejects(only, /gave up/);
    assert.deepEqual([wasAborted, task.isAbandoned], [true, true]);
  });

  it('fails for all that join it', async () => {
    const task = new SharedTask(() => Promise.reject(new Error('broken')));
    const ends = await Promise.allSettled([task.join(never), task.join(never)]);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
  });
});
