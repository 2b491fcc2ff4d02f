import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { asTextResult, policyOf, startRules } from './rules-session.ts';

const VISIBILITY = [
  { equals: 'public', secrecy: [] },
  { equals: 'private', secrecy: ['p'] },
];

function itemsAt(at: string, rest: object = {}): unknown {
  const items = { at, fields: [{ at: '/v', rules: VISIBILITY }], ...rest };
  return policyOf({ secrecy: ['resource'], integrity: ['r'], items });
}

function labelsOf(secrecy: string[], integrity: string[] = ['r']): object {
  return { secrecy, integrity };
}

test('items are labelled where the policy says that they are', async (t) => {
  const list = [{ v: 'public' }, { v: 'private' }];
  for (const [at, result] of [
    ['', asTextResult(list)],
    ['/a~1b/0/items', asTextResult({ 'a/b': [{ items: list }] })],
    [
      '/structuredContent/items',
      { content: [{ type: 'text', text: 'two' }], structuredContent: { items: list } },
    ],
  ] as const) {
    await t.test(at, async () => {
      const { response } = await startRules(itemsAt(at));
      assert.deepEqual(response('t', {}, result), {
        labeled_paths: [
          { path: `${at}/0`, labels: labelsOf([]) },
          { path: `${at}/1`, labels: labelsOf(['p']) },
        ],
        items_path: at,
      });
    });
  }
});

const NOT_THERE: [string, string, unknown][] = [
  ['plain text', '', { content: [{ type: 'text', text: 'v: public' }] }],
  ['broken JSON', '', { content: [{ type: 'text', text: '[{"v":"public"}' }] }],
  [
    'JSON and a note',
    '',
    {
      content: [
        { type: 'text', text: '[]' },
        { type: 'text', text: 'a note' },
      ],
    },
  ],
  ['no content', '', { v: 'public' }],
  ['an image', '', { content: [{ type: 'image', data: '', text: '{"v":"public"}' }] }],
  ['a number', '', asTextResult(42)],
  ['no such member', '/items', asTextResult({ issues: [{ v: 'public' }] })],
  ['a text where the items should be', '/items', asTextResult({ items: 'public' })],
  ['one object inside of an array', '/0', asTextResult([{ v: 'public' }, { v: 'private' }])],
  ['a failed tool', '', { ...Object(asTextResult([{ v: 'public' }])), isError: true }],
  ['no result', '', undefined],
  ['a result that is no object', '', [{ v: 'public' }]],
  [
    'JSON that is nested too deep',
    '',
    { content: [{ type: 'text', text: '['.repeat(600) + ']'.repeat(600) }] },
  ],
];

test('where the items are not, there are no labels and no error', async (t) => {
  for (const [name, at, result] of NOT_THERE) {
    await t.test(name, async () => {
      const { response } = await startRules(itemsAt(at));
      assert.equal(response('t', {}, result), undefined);
    });
  }
});

test('no items are no labels but the place where they would be', async () => {
  const { response } = await startRules(itemsAt('/items'));
  const labels = { labeled_paths: [], items_path: '/items' };
  assert.deepEqual(response('t', {}, asTextResult({ items: [] })), labels);
});

test('a tool without rules for items has no labels for them', async () => {
  const { response } = await startRules(policyOf({ secrecy: [] }));
  assert.equal(response('t', {}, asTextResult([{ v: 'public' }])), undefined);
  assert.equal(response('other', {}, asTextResult([{ v: 'public' }])), undefined);
});

test('an item that no rule matches has the labels of "otherwise", and what those leave out from the call', async () => {
  const result = asTextResult([{ v: 'public' }, { v: 'x' }, {}]);
  const unmatched = async (otherwise?: object) => {
    const { response } = await startRules(itemsAt('', otherwise ? { otherwise } : {}));
    return response('t', {}, result);
  };
  const labels = (public_: object, other: object) => ({
    labeled_paths: [public_, other, other].map((l, i) => ({ path: `/${i}`, labels: l })),
    items_path: '',
  });
  assert.deepEqual(await unmatched(), labels(labelsOf([]), labelsOf(['resource'])));
  assert.deepEqual(await unmatched({ secrecy: ['o'] }), labels(labelsOf([]), labelsOf(['o'])));
  assert.deepEqual(
    await unmatched({ secrecy: ['o'], integrity: [] }),
    labels(labelsOf([], []), labelsOf(['o'], [])),
  );
});

test('a search finds values at any depth, and an item in which it finds none is not matched', async () => {
  const items = { at: '', fields: [{ at: '/**/v', rules: VISIBILITY }] };
  const { response } = await startRules(policyOf({ secrecy: ['resource'], items }));
  const result = asTextResult([
    { a: [{ v: 'public' }, { b: { v: 'public' } }] },
    { a: [{ v: 'public' }, { b: { v: 'private' } }] },
    { v: { v: 'private' } },
    { a: [{ b: 'private' }] },
    'public',
  ]);
  assert.deepEqual(response('t', {}, result), {
    labeled_paths: [[], ['p'], ['p', 'resource'], ['resource'], ['resource']].map((secrecy, i) => ({
      path: `/${i}`,
      labels: { secrecy, integrity: [] },
    })),
    items_path: '',
  });
});

test('items that are values themselves are looked at with an empty pointer', async () => {
  const items = { at: '/tags', fields: [{ at: '', rules: VISIBILITY }] };
  const { response } = await startRules(policyOf({ secrecy: ['resource'], items }));
  assert.deepEqual(response('t', {}, asTextResult({ tags: ['public', 'private', 1] })), {
    labeled_paths: [[], ['p'], ['resource']].map((secrecy, i) => ({
      path: `/tags/${i}`,
      labels: { secrecy, integrity: [] },
    })),
    items_path: '/tags',
  });
});

type UnwrapVector = {
  id: string;
  kind: string;
  result: unknown;
  expect: { wrapped: boolean; value: unknown };
};

test('text is taken for JSON when the gateway takes it for JSON', async (t) => {
  const url = new URL('../vectors/path-labels.json', import.meta.url);
  const { vectors } = JSON.parse(await readFile(url, 'utf8')) as { vectors: UnwrapVector[] };
  const items = { at: '', fields: [{ at: '', rules: [{ glob: '**', secrecy: ['item'] }] }] };
  const { response } = await startRules(policyOf({ secrecy: [], items }));
  for (const { id, result, expect } of vectors.filter((vector) => vector.kind === 'unwrap')) {
    const hasItems = expect.wrapped && typeof expect.value === 'object';
    await t.test(id, () => assert.equal(response('t', {}, result) !== undefined, hasItems));
  }
});
