import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { allowedRelabeling, relabel, unlabel } from '../../../gateway/monitor/relabel.ts';
import { labels } from '../granting-server.ts';

const wanted = { drop: new Set(['a', 'b']), add: new Set(['i', 'j']) };

/** What of it is allowed, as lists. */
function allowed(agent: ReturnType<typeof labels>, meanwhile?: ReturnType<typeof labels>) {
  const { drop, add } = allowedRelabeling(wanted, agent, meanwhile);
  return [[...drop].sort(), [...add].sort()];
}

suite('a relabeling', () => {
  test('drops what the agent carries, and adds what it does not have', () => {
    assert.deepEqual(allowed(labels(['a', 'c'], ['i'])), [['a'], ['j']]);
    assert.deepEqual(allowed(labels()), [[], ['i', 'j']]);
  });

  for (const [what, meanwhile, expected] of [
    [
      'nothing secret, vouched for by all',
      labels([], ['i', 'j', 'k']),
      [
        ['a', 'b'],
        ['i', 'j'],
      ],
    ],
    ['a tag', labels(['a'], ['i', 'j']), [['b'], ['i', 'j']]],
    ['every tag', labels(['*'], ['i', 'j']), [[], ['i', 'j']]],
    ['what one vouches for', labels([], ['i']), [['a', 'b'], ['i']]],
    [
      'what everybody vouches for',
      labels([], ['*']),
      [
        ['a', 'b'],
        ['i', 'j'],
      ],
    ],
    ['what nobody vouches for', labels(), [['a', 'b'], []]],
  ] as const) {
    test(`washes nothing of what was delivered meanwhile: ${what}`, () => {
      assert.deepEqual(allowed(labels(['a', 'b']), meanwhile), expected);
    });
  }

  test('leaves all other tags, and goes back without touching what came since', () => {
    const change = { drop: new Set(['a']), add: new Set(['i']) };
    const after = relabel(labels(['a', 'c'], ['k']), change);
    assert.deepEqual(after, labels(['c'], ['k', 'i']));
    assert.deepEqual(unlabel(labels(['c', 'd'], ['i']), change), labels(['c', 'd', 'a'], []));
  });
});
