import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Mark } from '../../../../gateway/status/mark.ts';
import { columnsOf, maxColumns, placeOf } from '../../../../gateway/status/page/flow-columns.js';

const tags = (...all: string[]) => ({ tags: all, more: 0 });

function mark(number: number, given: Partial<Mark> = {}): Mark {
  const about = { principal: 'alice', run: '1', server: 'files', tool: 'read' };
  return {
    ...about,
    number,
    timeMs: number * 10,
    kind: 'decision',
    outcome: 'result',
    operation: 'read',
    ...given,
  };
}

function tainted(number: number): Mark {
  const none = tags();
  const change = {
    secrecyGained: tags('a'),
    secrecyDropped: none,
    integrityGained: none,
    integrityLost: none,
  };
  return mark(number, { change });
}

suite('the places of a flow’s picture', () => {
  test('are shared by what changed nothing in a row, and by nothing else', () => {
    const denied = (number: number, tag: string) =>
      mark(number, { outcome: 'denied', reason: 'AUDIENCE', inTheWay: tags(tag) });
    const marks = [
      mark(1),
      mark(2),
      tainted(3),
      tainted(4),
      mark(5),
      denied(6, 'a'),
      denied(7, 'a'),
      denied(8, 'b'),
    ];
    const { columns, earlier } = columnsOf({ marks, forgotten: 0 });
    assert.deepEqual(
      columns.map(({ kind, marks: its }) => [kind, its.map(({ number }) => number)]),
      [
        ['read', [1, 2]],
        ['tainted', [3]],
        ['tainted', [4]],
        ['read', [5]],
        ['denied', [6, 7]],
        ['denied', [8]],
      ],
    );
    assert.equal(earlier, 0);
  });

  test('are one for one event', () => {
    assert.equal(columnsOf({ marks: [mark(1)], forgotten: 0 }).columns.length, 1);
    assert.deepEqual(columnsOf({ marks: [], forgotten: 0 }), { columns: [], earlier: 0 });
  });

  test('are the last ones of 500 events that all differ, and those before are counted', () => {
    const marks = Array.from({ length: 500 }, (_, index) => tainted(index + 1));
    const { columns, earlier } = columnsOf({ marks, forgotten: 12 });
    assert.deepEqual([columns.length, earlier], [maxColumns, 500 - maxColumns + 12]);
    assert.equal(columns.at(-1)?.marks[0]?.number, 500);
  });

  test('say where a tag came: with its event, at the left edge before all that is shown, or between two', () => {
    const { columns } = columnsOf({ marks: [tainted(5), tainted(6)], forgotten: 4 });
    assert.equal(placeOf(columns, { kind: 'mark', timeMs: 60, mark: 6 }), 2);
    assert.equal(placeOf(columns, { kind: 'mark', timeMs: 10, mark: 1 }), 0);
    assert.equal(placeOf(columns, { kind: 'grant', timeMs: 0 }), 0);
    assert.equal(placeOf(columns, { kind: 'elsewhere', timeMs: 55 }), 1.5);
    assert.equal(placeOf(columns, { kind: 'elsewhere', timeMs: 999 }), 2.5);
  });
});
