import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { itemIndex, splitPointer } from '../../../gateway/response/json-pointer.ts';
import { labelResponse } from '../../../gateway/response/label-response.ts';
import { ResponseError } from '../../../gateway/response/response-error.ts';
import type { DescribedLabels, ResponseLabels } from '../../../gateway/response/response-labels.ts';
import { unwrap } from '../../../gateway/response/unwrap.ts';
import { readVectors, sorted, type Vector } from '../monitor/read-vectors.ts';
import { type ScriptedPaths, scriptedPaths } from './scripted-labels.ts';

interface Resolved {
  readonly index: number | 'whole';
  readonly from: 'path' | 'default' | 'resource';
  readonly labels: { readonly description: string; readonly secrecy: string[]; readonly integrity: string[] };
}

type PathVector = Vector &
  (
    | { readonly kind: 'split'; readonly pointer: string; readonly expect: { readonly segments: string[] } }
    | {
        readonly kind: 'index';
        readonly path: string;
        readonly itemsPath: string;
        readonly expect: { readonly index?: number; readonly error?: string };
      }
    | {
        readonly kind: 'unwrap';
        readonly result: unknown;
        readonly expect: { readonly wrapped: boolean; readonly value: unknown };
      }
    | {
        readonly kind: 'resolve';
        readonly result: unknown;
        readonly pathLabels: ScriptedPaths;
        readonly resource: Resolved['labels'];
        readonly expect: {
          readonly resolved?: Resolved[];
          readonly error?: string;
          readonly errorAlso?: string[];
        };
      }
  );

describe('path-labels vectors', () => {
  for (const vector of readVectors<PathVector>('path-labels')) {
    test(vector.id, () => {
      switch (vector.kind) {
        case 'split':
          return assert.deepEqual(splitPointer(vector.pointer), vector.expect.segments);
        case 'index': {
          const { index, error } = vector.expect;
          return assert.equal(itemIndex(vector.path, splitPointer(vector.itemsPath)), index ?? error);
        }
        case 'unwrap':
          return assert.deepEqual(unwrapped(vector.result), vector.expect);
        case 'resolve':
          return checkResolve(vector);
      }
    });
  }
});

function unwrapped(result: unknown) {
  const text = JSON.stringify(result);
  const { document } = unwrap(text);
  return { wrapped: document !== undefined, value: JSON.parse(document?.tape.text ?? text) };
}

function checkResolve({ result, pathLabels, resource, expect }: Extract<PathVector, { kind: 'resolve' }>) {
  const labels = scriptedPaths(pathLabels);
  const resolve = () => labelResponse(JSON.stringify(result), labels);
  const { resolved, error } = expect;
  if (resolved === undefined) {
    const accepted = [error, ...(expect.errorAlso ?? [])];
    return assert.throws(
      resolve,
      (thrown) => thrown instanceof ResponseError && accepted.includes(category(thrown)),
    );
  }
  const response = resolve();
  const own = response.kind === 'whole' ? [response.labels] : response.labels;
  const actual = own.map((given, index) => ({
    index: response.kind === 'whole' ? 'whole' : index,
    from: originOf(given, labels),
    labels: given === undefined ? resource : { description: given.description, ...sorted(given) },
  }));
  assert.deepEqual(actual, resolved);
}

function originOf(given: DescribedLabels | undefined, labels: ResponseLabels): Resolved['from'] {
  if (given === undefined) return 'resource';
  return labels.kind === 'paths' && given === labels.defaultLabels ? 'default' : 'path';
}

function category({ code }: ResponseError): string {
  return code === 'not-an-array' ? 'not-array' : code;
}

const PUBLIC: DescribedLabels = { description: '', secrecy: new Set(), integrity: new Set() };
const PATHS = { kind: 'paths', entries: [], defaultLabels: PUBLIC, itemsPath: '/items' } as const;

describe('labelling a response', () => {
  test('a result that is not labelled is not even read', () => {
    const response = labelResponse('anything', { kind: 'none' });
    assert.deepEqual(response, { kind: 'whole', text: 'anything', labels: undefined });
  });

  const refused = [
    { name: 'a result that is no JSON', text: '{"items":[', code: 'invalid-json', reason: 'BACKEND_ERROR' },
    {
      name: 'a result that repeats the name of the items',
      text: '{"items":[1],"items":[2]}',
      code: 'ambiguous',
      reason: 'BACKEND_ERROR',
    },
    {
      name: 'the same name in another spelling',
      text: '{"items":[1],"\\u0069tems":[2]}',
      code: 'ambiguous',
      reason: 'BACKEND_ERROR',
    },
    {
      name: 'two contents',
      text: '{"content":[],"content":[{"type":"text","text":"[]"}]}',
      code: 'ambiguous',
      reason: 'BACKEND_ERROR',
    },
    {
      name: 'two texts in a content item',
      text: '{"content":[{"text":"[1]","text":"[2]"}]}',
      code: 'ambiguous',
      reason: 'BACKEND_ERROR',
    },
    {
      name: 'a pointer that leads nowhere',
      text: '{"other":[]}',
      code: 'path-not-found',
      reason: 'INVALID_OUTPUT',
    },
  ];
  for (const { name, text, code, reason } of refused) {
    test(`${name} is refused, and says whose fault it is`, () => {
      assert.throws(() => labelResponse(text, PATHS), { name: 'ResponseError', code, reason });
    });
  }

  test('a document that is nested too deeply is refused, and not taken for prose with default labels', () => {
    const text = JSON.stringify({
      content: [{ type: 'text', text: '['.repeat(200_000) + ']'.repeat(200_000) }],
    });
    assert.throws(() => labelResponse(text, { ...PATHS, itemsPath: undefined }), { code: 'too-deep' });
  });

  test('a repeated name that is not on the way to the items does no harm', () => {
    const response = labelResponse('{"a":1,"a":2,"items":[{"b":1,"b":2}]}', PATHS);
    assert.equal(response.kind, 'items');
  });

  test('an empty segment is the member with the empty name where there is one', () => {
    const response = labelResponse('{"":{"items":[1]},"items":[1,2]}', { ...PATHS, itemsPath: '//items' });
    assert.equal(response.kind === 'items' && response.labels.length, 1);
  });

  test('a million items and a million paths are labelled in linear time', () => {
    const count = 1_000_000;
    const text = JSON.stringify({ items: new Array(count).fill(0) });
    const entries = Array.from({ length: count }, (_, index) => ({
      path: `/items/${index}`,
      labels: PUBLIC,
    }));
    const response = labelResponse(text, { ...PATHS, entries, defaultLabels: undefined });
    assert.ok(response.kind === 'items' && response.labels.every((labels) => labels === PUBLIC));
  });
});
