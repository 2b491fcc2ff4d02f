import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderFiltered } from '../../../gateway/response/filtered-result.ts';
import { judgeResponse } from '../../../gateway/response/judge-response.ts';
import { type ItemsResponse, labelResponse } from '../../../gateway/response/label-response.ts';
import { findCopies } from '../../../gateway/response/structured-copies.ts';
import {
  DOCUMENT,
  delivered,
  FILTERED,
  META,
  NOTICE,
  open,
  paths,
  quoted,
  READ,
  SECOND_SECRET,
  secret,
  textsOf,
  withoutMarks,
} from './judging.ts';

type Random = (below: number) => number;

const SEEDS = Array.from({ length: 400 }, (_, seed) => seed);
const CURSORS = { nextCursor: 'c"\\é', has_more: true };

describe('a filtered result', () => {
  test('keeps the bytes of what stays, escapes and digits included', () => {
    const result = `{ "isError": false, "content": [ {"text": ${quoted(DOCUMENT).replace('total', 't\\u006ftal')}, "type": "text"} ] , "x": 1e2 }`;
    const expected = `{ "isError": false, "content": [ {"text": ${quoted(FILTERED).replace('total', 't\\u006ftal')}, "type": "text"} ,${NOTICE}] , "x": 1e2 ,${META}}`;
    assert.equal(delivered(READ, result, SECOND_SECRET), expected);
  });

  test('that loses nothing is the backend’s own text', () => {
    const result = `  {"content":[{"type":"text","text":${quoted(DOCUMENT)}}],"structuredContent":{"other":1}}  `;
    assert.equal(delivered(READ, result, paths('/items', [open, open, open])), result);
  });

  test('keeps a document in the content items that it came in, other items included', () => {
    const image = '{"type":"image","mimeType":"image/png","data":"UElY"}';
    const result = `{"content":[{"type":"text","text":"[1,\\n"},${image},{"text":" \\u0032,3,"},{"type":"text","text":"4]"}]}`;
    const expected = `{"content":[{"type":"text","text":"[1"},${image},{"text":",3"},{"type":"text","text":"]"},NOTICE],META}`;
    const actual = delivered(READ, result, paths('', [open, secret, open, secret]));
    assert.deepEqual(
      withoutMarks(actual),
      withoutMarks(expected.replace('NOTICE', '{}').replace('META', '"_meta":{}')),
    );
    assert.deepEqual(textsOf(actual).slice(0, -1).join(''), '[1,3]');
  });

  test('keeps metadata of the backend, and nothing in it that pretends to be ours', () => {
    const meta = '{"trace":"T","sluice.dev/outcome":"denied","sluice.dev/withheld":{"count":0}}';
    const result = `{"_meta":${meta},"content":[{"type":"text","text":"[0]"}]}`;
    assert.deepEqual(JSON.parse(delivered(READ, result, paths('', [secret])))._meta, {
      trace: 'T',
      'sluice.dev/withheld': { count: 1, secrecy: 1, integrity: 0 },
    });
  });

  test('replaces metadata that is no object', () => {
    const result = '{"_meta":null,"content":[{"type":"text","text":"[0]"}]}';
    const actual = delivered(READ, result, paths('', [secret]));
    assert.equal(actual, `{"content":[{"type":"text","text":"[]"},${NOTICE}],${META}}`);
  });

  test('says nothing when the notice is quiet', () => {
    const result = `{"content":[{"type":"text","text":${quoted(DOCUMENT)}}]}`;
    const actual = delivered({ ...READ, notice: 'quiet' }, result, SECOND_SECRET);
    assert.equal(actual, `{"content":[{"type":"text","text":${quoted(FILTERED)}}]}`);
  });

  test('is told apart by nothing but what is readable, when the notice is quiet', () => {
    const results = ['{"id":"A","more":[1,2]}', '"B"'].map((hidden) => {
      const document = JSON.stringify([1, JSON.parse(hidden), 2], null, 2);
      const result = JSON.stringify({
        content: [{ type: 'text', text: document }],
        structuredContent: { result: document },
      });
      return delivered({ ...READ, notice: 'quiet' }, result, paths('', [open, secret, open]));
    });
    assert.equal(results[0], results[1]);
  });

  test('cannot be made of a result that is no object', () => {
    const response = labelResponse('[1]', paths('', [secret]));
    assert.throws(() => judgeResponse(READ, response), { code: 'not-a-result', reason: 'BACKEND_ERROR' });
  });

  test('has content even where the backend sent none', () => {
    const actual = delivered(READ, '{"items":[1,2]}', paths('/items', [secret, open]));
    assert.equal(actual, `{"items":[2],"content":[${NOTICE}],${META}}`);
  });
});

/** Generated results, cut by spans, against the same cut made on parsed values. */
describe('cutting by spans', () => {
  test('leaves what cutting values leaves, wherever the items are and however they are spelled', () => {
    for (const seed of SEEDS) check(seed, false);
  });

  test('leaves only the items and cursors where siblings are cut, too', () => {
    for (const seed of SEEDS) check(seed, true);
  });
});

function check(seed: number, areSiblingsCut: boolean): void {
  const random = generator(seed);
  const count = random(6);
  const items = Array.from({ length: count }, () => value(random, 3));
  const isCut = items.map(() => random(2) === 0);
  const segments = [[], ['items'], ['a/b', 'x y']][random(3)] ?? [];
  const siblings = areSiblingsCut ? { ...CURSORS, other: value(random, 2) } : { other: value(random, 2) };
  const wrap = (own: unknown, beside: object) =>
    segments.reduceRight<unknown>((inner, name) => ({ ...beside, [name]: inner }), own);

  const document = spelled(random, wrap(items, siblings));
  const envelope = { content: split(random, document), structuredContent: { copy: document } };
  const text = spelled(random, envelope);
  const response = itemsResponse(text, segments);
  const filtered = renderFiltered(response.place, {
    cut: { isItemCut: (index) => isCut[index] ?? false, areSiblingsCut },
    copies: findCopies(response.place),
    notice: undefined,
  });

  const kept = items.filter((_, index) => !isCut[index]);
  const expected = wrap(kept, areSiblingsCut ? CURSORS : siblings);
  const actual = JSON.parse(filtered);
  const joined = actual.content.map((item: { text: string }) => item.text).join('');
  assert.deepEqual(JSON.parse(joined), expected, `seed ${seed}`);
  assert.equal(actual.structuredContent.copy, joined, `seed ${seed}`);
  assert.equal(actual.content.length, envelope.content.length, `seed ${seed}`);
}

function itemsResponse(text: string, segments: readonly string[]): ItemsResponse {
  const itemsPath = segments.map((segment) => `/${segment.replaceAll('/', '~1')}`).join('');
  const response = labelResponse(text, { kind: 'paths', entries: [], defaultLabels: undefined, itemsPath });
  if (response.kind === 'whole') throw new Error('the items were not found');
  return response;
}

/** JSON in one of many spellings: indented or not, with or without escapes that it does not need. */
function spelled(random: Random, own: unknown): string {
  const text = JSON.stringify(own, null, random(4));
  return random(2) === 0 ? text : text.replaceAll('é', '\\u00e9').replaceAll('/', '\\/');
}

/** A document as text items, none of them empty. */
function split(random: Random, document: string): { type: string; text: string }[] {
  const parts: { type: string; text: string }[] = [];
  for (let start = 0; start < document.length; ) {
    const end = Math.min(document.length, start + 1 + random(random(2) === 0 ? 12 : 400));
    parts.push({ type: 'text', text: document.slice(start, end) });
    start = end;
  }
  return parts;
}

function value(random: Random, depth: number): unknown {
  const scalars = [null, true, -1.5, 0, '', 'é/"\\\n,]}', '\u{1f600}', '}{'];
  if (depth === 0 || random(2) === 0) return scalars[random(scalars.length)];
  const children = Array.from({ length: random(3) }, () => value(random, depth - 1));
  return random(2) === 0
    ? children
    : Object.fromEntries(children.map((child, index) => [`k"${index}`, child]));
}

/** Repeatable numbers (mulberry32), so that a failure names its seed. */
function generator(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
