import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { labelResponse } from '../../../gateway/response/label-response.ts';
import type { ItemEntry } from '../../../gateway/response/response-labels.ts';

interface MatchCase {
  readonly name: string;
  readonly document: string;
  readonly echoes: readonly (readonly [string | undefined, string | undefined])[];
  /** The description of each item's labels, `-` for none; or that of the whole. */
  readonly labels: readonly string[] | string;
}

const CASES: readonly MatchCase[] = [
  {
    name: 'equal items get labels in order',
    document: '[1,2,1]',
    echoes: [
      ['1', 'a'],
      ['2', 'b'],
      ['1', 'c'],
    ],
    labels: ['a', 'b', 'c'],
  },
  {
    name: 'the order of different items does not matter',
    document: '[1,2]',
    echoes: [
      ['2', 'b'],
      ['1', 'a'],
    ],
    labels: ['a', 'b'],
  },
  {
    name: 'spelling does not matter',
    document: '[{"a":1.0,"b":"\\u00e9"}]',
    echoes: [['{"b":"é","a":1}', 'x']],
    labels: ['x'],
  },
  {
    name: 'an item that nothing matches has no labels',
    document: '[1,2]',
    echoes: [['2', 'b']],
    labels: ['-', 'b'],
  },
  {
    name: 'more echoes than items are ignored',
    document: '[1]',
    echoes: [
      ['1', 'a'],
      ['1', 'b'],
    ],
    labels: ['a'],
  },
  {
    name: 'an echo without labels uses up its item',
    document: '[1,1]',
    echoes: [
      ['1', undefined],
      ['1', 'b'],
    ],
    labels: ['-', 'b'],
  },
  {
    name: 'an echo without data matches nothing',
    document: '[null]',
    echoes: [[undefined, 'a']],
    labels: ['-'],
  },
  { name: 'an echo that is no JSON matches nothing', document: '[1]', echoes: [['{', 'a']], labels: ['-'] },
  {
    name: 'an echo that lost digits matches nothing',
    document: '[{"id":9007199254740993}]',
    echoes: [['{"id":9007199254740992}', 'a']],
    labels: ['-'],
  },
  {
    name: 'an item that repeats a name matches what repeats it alike',
    document: '[{"a":1,"a":2}]',
    echoes: [['{"a":1,"a":2}', 'a']],
    labels: ['a'],
  },
  {
    name: 'the items of an object are those of the array that holds an echo',
    document: '{"ids":[7],"items":[1,2],"more":[1]}',
    echoes: [['2', 'b']],
    labels: ['-', 'b'],
  },
  {
    name: 'an object may be echoed itself',
    document: '{"items":[1]}',
    echoes: [
      ['{"items":[1]}', 'w'],
      ['1', 'a'],
    ],
    labels: 'w',
  },
  {
    name: 'an object of which nothing is echoed is whole, without labels',
    document: '{"items":[1]}',
    echoes: [['2', 'a']],
    labels: '-',
  },
  {
    name: 'the array may be in an object in the document',
    document: '{"n":2,"data":{"a/b":{"nodes":[1,2]}},"more":{"of":[3]}}',
    echoes: [['2', 'b']],
    labels: ['-', 'b'],
  },
  { name: 'a scalar is whole', document: '42', echoes: [['42.0', 'w']], labels: 'w' },
];

describe('the item form', () => {
  for (const { name, document, echoes, labels } of CASES) {
    test(name, () => assert.deepEqual(labelsOf(document, echoes.map(entry)), labels));
  }

  const refused = [
    {
      name: 'echoed items in two arrays, one of which would pass unlabelled',
      document: '{"ids":[7],"items":[7]}',
      echo: '7',
      code: 'ambiguous-items',
      reason: 'INVALID_OUTPUT',
    },
    {
      name: 'echoed items in two arrays at different depths',
      document: '{"data":{"items":[1,2]},"items":[2]}',
      echo: '2',
      code: 'ambiguous-items',
      reason: 'INVALID_OUTPUT',
    },
    {
      name: 'an item that repeats a name, echoed as one reader takes it',
      document: '[{"a":1,"a":2}]',
      echo: '{"a":2}',
      code: 'ambiguous',
      reason: 'BACKEND_ERROR',
    },
    {
      name: 'a document that repeats a name, echoed as one reader takes it',
      document: '{"a":1,"a":2}',
      echo: '{"a":2}',
      code: 'ambiguous',
      reason: 'BACKEND_ERROR',
    },
  ];
  for (const { name, document, echo, code, reason } of refused) {
    test(`${name}: refused`, () => {
      assert.throws(() => labelsOf(document, [entry([echo, 'a'])]), { code, reason });
    });
  }

  test('a million arrays 900 objects deep are looked through in linear time', () => {
    const arrays = Array.from({ length: 1_000_000 }, (_, index) => `"${index}":[]`).join(',');
    const document = `${'{"a":'.repeat(900)}{${arrays},"items":[1]}${'}'.repeat(900)}`;
    assert.deepEqual(labelsOf(document, [entry(['1', 'a'])]), ['a']);
  });

  test('items may be content items', () => {
    const result = '{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}';
    const response = labelResponse(result, {
      kind: 'items',
      entries: [entry(['{"text":"b","type":"text"}', 'x'])],
    });
    assert.deepEqual(response.kind === 'items' && response.labels.map((own) => own?.description), [
      undefined,
      'x',
    ]);
  });

  test('100,000 echoes that match nothing are passed in linear time', () => {
    const echoes = Array.from({ length: 100_000 }, (_, index) => entry([`"other-${index}"`, 'x']));
    const document = JSON.stringify(Array.from({ length: 100_000 }, (_, index) => `item-${index}`));
    const labels = labelsOf(document, [...echoes, entry(['"item-99999"', 'last'])]);
    assert.equal(labels.at(-1), 'last');
  });
});

function entry([data, description]: readonly [string | undefined, string | undefined]): ItemEntry {
  const labels =
    description === undefined
      ? undefined
      : { description, secrecy: new Set<string>(), integrity: new Set<string>() };
  return { data, labels };
}

function labelsOf(document: string, entries: readonly ItemEntry[]): readonly string[] | string {
  const text = JSON.stringify({ content: [{ type: 'text', text: document }] });
  const response = labelResponse(text, { kind: 'items', entries });
  return response.kind === 'whole'
    ? (response.labels?.description ?? '-')
    : response.labels.map((own) => own?.description ?? '-');
}
