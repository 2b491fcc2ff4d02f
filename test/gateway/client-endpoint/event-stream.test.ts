import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { EventBudget } from '../../../gateway/client-endpoint/event-budget.ts';
import { EventStream, readEventId } from '../../../gateway/client-endpoint/event-stream.ts';

/** A stream that keeps so many events, and whether it was given up. */
function stage(events: number) {
  let sequence = 0;
  const home = {
    budget: new EventBudget({ events, bytes: 1_000 }),
    nextSequence: () => ++sequence,
    spent: () => {
      staged.isSpent = true;
    },
  };
  const staged = { home, stream: new EventStream(3, home), isSpent: false };
  return staged;
}

suite('a stream of events', () => {
  test('is given up when it has ended and nothing of it is kept any more', () => {
    const staged = stage(2);
    for (const text of ['{}', '{}']) staged.stream.send(text);
    staged.stream.end();
    assert.equal(staged.isSpent, false);
    const other = new EventStream(4, staged.home);
    other.send('{}');
    assert.equal(staged.isSpent, false);
    other.send('{}');
    assert.equal(staged.isSpent, true);
  });

  test('is given up at its end when nothing of it is kept', () => {
    const staged = stage(1);
    staged.stream.send('{}');
    new EventStream(4, staged.home).send('{}');
    assert.equal(staged.isSpent, false);
    staged.stream.end();
    assert.equal(staged.isSpent, true);
  });

  test('is not given up while it goes on', () => {
    const staged = stage(1);
    for (const text of ['{}', '{}', '{}']) staged.stream.send(text);
    assert.equal(staged.isSpent, false);
  });

  test('has more after an event while it goes on, or while a later one is kept', () => {
    const { stream } = stage(2);
    for (const text of ['{}', '{}', '{}']) stream.send(text);
    assert.equal(stream.hasMoreAfter(3), true);
    stream.end();
    assert.deepEqual(
      [1, 2, 3].map((sequence) => stream.hasMoreAfter(sequence)),
      [true, true, false],
    );
  });

  test('has ids of two numbers, and nothing else is one', () => {
    assert.deepEqual(readEventId('3-17'), { stream: 3, sequence: 17 });
    for (const id of ['', '3', '3-', '-17', '3-17-1', '3-1e3', ' 3-17', '3-17\n', '1234567890123456-1'])
      assert.equal(readEventId(id), undefined, id);
  });
});
