import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { EventBudget } from '../../../gateway/client-endpoint/event-budget.ts';

/** Adds an event to a budget, which it leaves again when it is forgotten; the names of those are in `forgotten`. */
function add(
  budget: EventBudget,
  { name, bytes = 1 }: { name: string; bytes?: number },
  forgotten: string[],
) {
  const event = {
    bytes,
    forget: () => {
      budget.remove(event);
      forgotten.push(name);
    },
  };
  budget.add(event);
  return event;
}

suite('a budget of events', () => {
  test('forgets the oldest above its number', () => {
    const forgotten: string[] = [];
    const budget = new EventBudget({ events: 2, bytes: 100 });
    for (const name of ['a', 'b', 'c', 'd']) add(budget, { name }, forgotten);
    assert.deepEqual([forgotten, budget.size], [['a', 'b'], 2]);
  });

  test('forgets as many as there must be above its bytes', () => {
    const forgotten: string[] = [];
    const budget = new EventBudget({ events: 100, bytes: 10 });
    for (const name of ['a', 'b', 'c']) add(budget, { name, bytes: 3 }, forgotten);
    add(budget, { name: 'd', bytes: 5 }, forgotten);
    assert.deepEqual(forgotten, ['a', 'b']);
  });

  test('keeps the newest, whatever its size', () => {
    const forgotten: string[] = [];
    const budget = new EventBudget({ events: 100, bytes: 10 });
    add(budget, { name: 'a' }, forgotten);
    add(budget, { name: 'b', bytes: 50 }, forgotten);
    assert.deepEqual([forgotten, budget.size], [['a'], 1]);
    add(budget, { name: 'c' }, forgotten);
    assert.deepEqual(forgotten, ['a', 'b']);
  });

  test('counts no event that was removed', () => {
    const forgotten: string[] = [];
    const budget = new EventBudget({ events: 2, bytes: 10 });
    const event = add(budget, { name: 'a', bytes: 9 }, forgotten);
    budget.remove(event);
    budget.remove(event);
    for (const name of ['b', 'c']) add(budget, { name, bytes: 5 }, forgotten);
    assert.deepEqual([forgotten, budget.size], [[], 2]);
  });

  test('is part of a whole, where the oldest of all goes first', () => {
    const forgotten: string[] = [];
    const whole = new EventBudget({ events: 3, bytes: 100 });
    const [one, two] = [
      new EventBudget({ events: 9, bytes: 100 }, whole),
      new EventBudget({ events: 9, bytes: 100 }, whole),
    ];
    add(one, { name: 'a' }, forgotten);
    for (const name of ['b', 'c', 'd']) add(two, { name }, forgotten);
    assert.deepEqual([forgotten, one.size, two.size, whole.size], [['a'], 0, 3, 3]);
  });
});
