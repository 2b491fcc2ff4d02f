import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { timeLimit } from '../../gateway/time-limit.ts';

const dayMs = 24 * 60 * 60 * 1000;

suite('a time limit', () => {
  test('aborts when the time is over, and not the signal that it was made of', async () => {
    const outer = new AbortController();
    using limit = timeLimit(1, outer.signal);
    await once(limit.signal, 'abort');
    assert.match(String(limit.signal.reason), /the time is over/);
    assert.equal(outer.signal.aborted, false);
  });

  test('aborts with the signal, for its reason, before or after it was made', () => {
    const outer = new AbortController();
    using before = timeLimit(dayMs, outer.signal);
    outer.abort('enough');
    using after = timeLimit(dayMs, outer.signal);
    assert.deepEqual([before.signal.reason, after.signal.reason], ['enough', 'enough']);
  });

  test('begins anew as often as the work goes on, but comes to an end all the same', async () => {
    const { signal: never } = new AbortController();
    using limit = timeLimit(50, never);
    const beats = setInterval(limit.restart, 5);
    const ended = once(limit.signal, 'abort');
    const timers = new Set<string>();
    using earlier = timeLimit(150, never);
    earlier.signal.addEventListener('abort', () => timers.add('three times its time'));
    await ended;
    clearInterval(beats);
    assert.deepEqual([...timers], ['three times its time']);
  });

  test('stands still while the work waits for somebody else, and goes on after that', async () => {
    const { signal: never } = new AbortController();
    using limit = timeLimit(20, never);
    using later = timeLimit(100, never);
    const [first, second] = [limit.pause(), limit.pause()];
    await once(later.signal, 'abort');
    first[Symbol.dispose]();
    assert.equal(limit.signal.aborted, false);
    second[Symbol.dispose]();
    await once(limit.signal, 'abort');
  });

  test('does not begin again when the work has ended that waited', () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const limit = timeLimit(dayMs, new AbortController().signal);
    const waiting = limit.pause();
    limit[Symbol.dispose]();
    waiting[Symbol.dispose]();
    assert.equal(timers(), before);
  });

  test('leaves nothing behind when the work has ended', () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const [outer, before] = [new AbortController(), timers()];
    const limit = timeLimit(dayMs, outer.signal);
    assert.equal(timers(), before + 1);
    limit[Symbol.dispose]();
    assert.equal(timers(), before);
    outer.abort();
    assert.equal(limit.signal.aborted, false);
  });
});
