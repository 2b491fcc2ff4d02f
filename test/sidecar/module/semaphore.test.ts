import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Semaphore } from '../../../sidecar/module/semaphore.ts';

const never = new AbortController().signal;

describe('a semaphore', () => {
  it('lets so many in, and the others in their order as places become free', async () => {
    const semaphore = new Semaphore(2);
    const entered: number[] = [];
    const takes = [1, 2, 3, 4].map(async (number) => {
      const place = await semaphore.take(never);
      entered.push(number);
      return place;
    });
    const [first, second] = await Promise.all(takes.slice(0, 2));
    assert.deepEqual(entered, [1, 2]);
    second?.[Symbol.dispose]();
    await takes[2];
    assert.deepEqual(entered, [1, 2, 3]);
    first?.[Symbol.dispose]();
    await takes[3];
  });

  it('passes over who gave up waiting', async () => {
    const semaphore = new Semaphore(1);
    const place = await semaphore.take(never);
    const impatient = new AbortController();
    const given = semaphore.take(impatient.signal);
    const patient = semaphore.take(never);
    impatient.abort(new Error('gave up'));
    await assert.rejects(given, /gave up/);
    place[Symbol.dispose]();
    await patient;
  });

  it('loses no place when one is given and given up in the same moment', async () => {
    const semaphore = new Semaphore(1);
    for (const isGivenFirst of [true, false]) {
      const place = await semaphore.take(never);
      const impatient = new AbortController();
      const taken = semaphore.take(impatient.signal);
      if (isGivenFirst) place[Symbol.dispose]();
      impatient.abort(new Error('gave up'));
      if (!isGivenFirst) place[Symbol.dispose]();
      await taken.then(
        (late) => late[Symbol.dispose](),
        () => undefined,
      );
    }
    await semaphore.take(never);
  });

  it('gives no place to a signal that is aborted already', async () => {
    const semaphore = new Semaphore(1);
    await assert.rejects(semaphore.take(AbortSignal.abort(new Error('gave up'))), /gave up/);
    await semaphore.take(never);
  });
});
