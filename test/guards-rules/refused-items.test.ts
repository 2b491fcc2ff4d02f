import { test } from 'node:test';
import { checkRefused, type RefusedPolicy } from './refusal-check.ts';
import { policyOf } from './rules-session.ts';

const RULES = [{ glob: '**', secrecy: [] }];
const FIELDS = [{ at: '/v', rules: RULES }];

function ofItems(items: unknown, tool: object = {}): unknown {
  return policyOf({ secrecy: [], items, ...tool });
}

function ofLookup(lookup: unknown): unknown {
  return policyOf({ secrecy: [], lookups: [lookup] });
}

const ITEMS_AND_LOOKUPS: RefusedPolicy[] = [
  [
    'items of a write',
    ofItems({ at: '', fields: FIELDS }, { operation: 'write' }),
    'tools[0].items: the response of a write',
  ],
  [
    'items in many places',
    ofItems({ at: '/*', fields: FIELDS }),
    'tools[0].items.at: must lead to one value',
  ],
  [
    'items under an empty key',
    ofItems({ at: '/', fields: FIELDS }),
    'tools[0].items.at: must not have empty keys',
  ],
  ['items without fields', ofItems({ at: '', fields: [] }), 'tools[0].items.fields: must not be empty'],
  [
    'an unknown key of items',
    ofItems({ at: '', fields: FIELDS, default: {} }),
    'tools[0].items: unknown key "default"',
  ],
  [
    'an unknown key otherwise',
    ofItems({ at: '', fields: FIELDS, otherwise: { s: 1 } }),
    'tools[0].items.otherwise: unknown key',
  ],
  [
    'names below that are not for paths',
    ofItems({ at: '', fields: [{ at: '/n', below: '/p', rules: RULES }] }),
    'tools[0].items.fields[0].rules: must all be for a path',
  ],
  [
    'many names below',
    ofItems({ at: '', fields: [{ at: '/n/*', below: '/p', rules: [{ path: '/**', secrecy: [] }] }] }),
    'tools[0].items.fields[0].at: must lead to the one name',
  ],
  [
    'items nested in themselves',
    ofItems({ at: '', fields: [{ at: '/n', nested: '', rules: RULES }] }),
    'tools[0].items.fields[0].nested: would be the item itself',
  ],
  ['a lookup without a tool', ofLookup({ fields: FIELDS }), 'tools[0].lookups[0].tool: is missing'],
  [
    'a lookup without fields',
    ofLookup({ tool: 'g', fields: [] }),
    'tools[0].lookups[0].fields: must not be empty',
  ],
  [
    'an argument from many places',
    ofLookup({ tool: 'g', arguments: { a: { from: '/*' } }, fields: FIELDS }),
    'tools[0].lookups[0].arguments.a.from: must lead to one value',
  ],
  [
    'an argument from nowhere',
    ofLookup({ tool: 'g', arguments: { a: {} }, fields: FIELDS }),
    'tools[0].lookups[0].arguments.a: must have either',
  ],
  [
    'an argument that is no object',
    ofLookup({ tool: 'g', arguments: { a: '/v' }, fields: FIELDS }),
    'tools[0].lookups[0].arguments.a: must be an object',
  ],
];

test('items or a lookup with a mistake are refused', (t) => checkRefused(t, ITEMS_AND_LOOKUPS));
