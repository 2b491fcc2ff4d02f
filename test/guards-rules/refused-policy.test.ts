import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuardHarness } from './guard-harness.ts';
import { policyOf } from './rules-session.ts';

const RULES = [{ glob: '**', secrecy: [] }];
const FIELDS = [{ at: '/v', rules: RULES }];

function ofRules(...rules: object[]): unknown {
  return policyOf({ arguments: [{ at: '/v', rules }] });
}

function ofField(field: object): unknown {
  return policyOf({ secrecy: [], arguments: [field] });
}

function ofItems(items: unknown, tool: object = {}): unknown {
  return policyOf({ secrecy: [], items, ...tool });
}

function ofLookup(lookup: unknown): unknown {
  return policyOf({ secrecy: [], lookups: [lookup] });
}

/** A policy with one mistake, and how the sentence about it begins. */
const REFUSED: [string, unknown, string][] = [
  ['no JSON', '{"mode":', 'the policy is no JSON'],
  ['no object', [], 'the policy: must be an object'],
  ['an unknown key', { mode: 'filter', tool: [] }, 'the policy: unknown key "tool"; the keys here are mode,'],
  [
    'a key twice',
    '{"mode":"filter","mode":"strict","tools":[]}',
    'the policy: the key "mode" is there twice',
  ],
  ['an empty policy', {}, 'mode: is missing; it must be one of strict, filter, propagate'],
  ['an unknown mode', { mode: 'Filter', tools: [] }, 'mode: is "Filter"; it must be one of strict,'],
  ['a mode that is no string', { mode: 1, tools: [] }, 'mode: is 1; it must be one of'],
  ['no tools', { mode: 'filter' }, 'tools: is missing'],
  ['tools that are no array', { mode: 'filter', tools: {} }, 'tools: must be an array'],
  ['a comment that is no string', { about: 1, mode: 'filter', tools: [] }, 'about: must be a string'],
  ['an agent that is no object', policyOf({ secrecy: [] }, { agent: [] }), 'agent: must be an object'],
  [
    'an unknown key of the agent',
    policyOf({ secrecy: [] }, { agent: { secret: [] } }),
    'agent: unknown key "secret"',
  ],
  [
    'tags that are no array',
    policyOf({ secrecy: [] }, { agent: { secrecy: 'a' } }),
    'agent.secrecy: must be an array',
  ],
  ['a tag that is no string', policyOf({ secrecy: [7] }), 'tools[0].secrecy[0]: must be a string'],
  [
    'an empty tag',
    policyOf({ secrecy: ['a', ''] }),
    'tools[0].secrecy[1]: must be a string that is not empty',
  ],
  ['a tag with white space', policyOf({ secrecy: ['a '] }), 'tools[0].secrecy[0]: has white space'],
  [
    'the reserved tag granted',
    policyOf({ secrecy: [] }, { agent: { integrity: ['unlabelled'] } }),
    'agent: no agent may',
  ],
  [
    'an unknown operation',
    policyOf({ secrecy: [], operation: 'reed' }),
    'tools[0].operation: is "reed"; it must be',
  ],
  [
    'an unknown default operation',
    policyOf({ secrecy: [] }, { default: { operation: '' } }),
    'default.operation: is ""',
  ],
  [
    'an unknown key of the default',
    policyOf({ secrecy: [] }, { default: { mode: 1 } }),
    'default: unknown key "mode"',
  ],
  ['a tool that is no object', { mode: 'filter', tools: ['t'] }, 'tools[0]: must be an object'],
  ['a tool without a name', { mode: 'filter', tools: [{ secrecy: [] }] }, 'tools[0].names: is missing'],
  ['a tool with no names', policyOf({ names: [], secrecy: [] }), 'tools[0].names: must not be empty'],
  [
    'a name that is no string',
    policyOf({ names: ['a', 1], secrecy: [] }),
    'tools[0].names[1]: must be a string',
  ],
  [
    'a tool named before',
    {
      mode: 'filter',
      tools: [
        { names: 'get_*', secrecy: [] },
        { names: 'get_x', secrecy: [] },
      ],
    },
    'tools[1].names: "get_x" is named by tools[0] already',
  ],
  ['a tool without secrecy', policyOf({ integrity: [] }), 'tools[0]: says nothing about secrecy'],
  ['a misspelt key of a tool', policyOf({ secrecy: [], argument: [] }), 'tools[0]: unknown key "argument"'],
  ['rulesets that are no object', policyOf({ secrecy: [] }, { rulesets: [] }), 'rulesets: must be an object'],
  [
    'a ruleset that is no array',
    policyOf({ secrecy: [] }, { rulesets: { a: {} } }),
    'rulesets.a: must be an array',
  ],
  [
    'a mistake in a ruleset',
    policyOf({ secrecy: [] }, { rulesets: { a: [{ glob: '' }] } }),
    'rulesets.a[0].glob: must be',
  ],
  [
    'an unknown ruleset',
    ofField({ at: '/v', rules: 'files' }),
    'tools[0].arguments[0].rules: there is no ruleset "files"',
  ],
  ['no pointer', ofField({ rules: RULES }), 'tools[0].arguments[0].at: is missing'],
  [
    'a pointer without its slash',
    ofField({ at: 'v', rules: RULES }),
    'tools[0].arguments[0].at: "v" is no JSON Pointer',
  ],
  [
    'a pointer with a lone tilde',
    ofField({ at: '/a~2', rules: RULES }),
    'tools[0].arguments[0].at: "/a~2" is no JSON',
  ],
  [
    'a pointer with two searches',
    ofField({ at: '/**/a/**', rules: RULES }),
    'tools[0].arguments[0].at: "/**/a/**" is no',
  ],
  ['no pointers at all', ofField({ at: [], rules: RULES }), 'tools[0].arguments[0].at: must not be empty'],
  [
    'an argument with "below"',
    ofField({ at: '/v', below: '/p', rules: RULES }),
    'tools[0].arguments[0]: unknown key "below"',
  ],
  ['no rules', ofField({ at: '/v' }), 'tools[0].arguments[0].rules: must be an array'],
  ['rules that say nothing', ofRules({ glob: '**' }), 'tools[0].arguments[0].rules: no rule says anything'],
  ['a rule for nothing', ofRules({ secrecy: [] }), 'tools[0].arguments[0].rules[0]: says not what it is for'],
  [
    'a rule for two things',
    ofRules({ equals: 1, glob: 'a', secrecy: [] }),
    'tools[0].arguments[0].rules[0]: has both equals and glob',
  ],
  [
    'a misspelt rule',
    ofRules({ equal: 1, secrecy: [] }),
    'tools[0].arguments[0].rules[0]: unknown key "equal"',
  ],
  [
    'equals an object',
    ofRules({ equals: {}, secrecy: [] }),
    'tools[0].arguments[0].rules[0].equals: must be a string, a',
  ],
  [
    'an empty prefix',
    ofRules({ prefix: '', secrecy: [] }),
    'tools[0].arguments[0].rules[0].prefix: must be a string that',
  ],
  [
    'a glob that is no string',
    ofRules({ glob: 1, secrecy: [] }),
    'tools[0].arguments[0].rules[0].glob: must be a string',
  ],
  [
    'missing: false',
    ofRules({ missing: false, secrecy: [] }),
    'tools[0].arguments[0].rules[0].missing: must be true',
  ],
  ...['/a/../b', '/a/./b', '/a//b', '/a/', 'a\\b', '/a/b**', '/a\u0000', '/prive\u0301'].map(
    (path): [string, unknown, string] => [
      `the path ${JSON.stringify(path)}`,
      ofRules({ path, secrecy: [] }),
      'tools[0].arguments[0].rules[0].path: must be a path without',
    ],
  ),
  [
    'absolute and relative paths',
    ofRules({ path: '/a', secrecy: [] }, { path: 'a', secrecy: [] }),
    'tools[0].arguments[0].rules[1].path: is relative and another one',
  ],
  ...unreachable(),
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

/** Pairs of rules of which the second can never be the first that matches. */
function unreachable(): [string, unknown, string][] {
  const pairs = [
    [{ glob: '**' }, { equals: 'a' }],
    [{ equals: 'a' }, { equals: 'a' }],
    [{ glob: 'a*' }, { equals: 'ab' }],
    [{ prefix: 'a' }, { equals: 'ab' }],
    [{ prefix: 'a' }, { prefix: 'ab' }],
    [{ glob: 'a*' }, { glob: 'a*' }],
    [{ path: '/data/**' }, { path: '/data/private/**' }],
    [{ path: '/data/*/x' }, { path: '/data/a*/x' }],
    [{ path: '/**/x' }, { path: '/a/b/**/x' }],
    [{ missing: true }, { missing: true }],
  ];
  return pairs.map(([first, second]) => [
    `${JSON.stringify(first)} before ${JSON.stringify(second)}`,
    ofRules({ ...first, secrecy: [] }, { ...second, secrecy: ['s'] }),
    'tools[0].arguments[0].rules[1]: is never reached, since rule [0]',
  ]);
}

test('a policy with a mistake is refused with a sentence that names the place', async (t) => {
  const guard = await GuardHarness.start('rules');
  for (const [name, policy, beginning] of REFUSED) {
    await t.test(name, () => {
      const answer = guard.ask('label_agent', policy);
      assert.ok(isRefusal(answer), `accepted: ${JSON.stringify(answer)}`);
      assert.equal(answer.success, false);
      assert.equal(answer.error.slice(0, beginning.length), beginning);
      const call = guard.call('label_resource', { tool_name: 't', tool_args: {} });
      assert.equal(call.code, -1, 'a refused policy must not be used');
    });
  }
});

const ACCEPTED: [string, unknown][] = [
  ['a rule before a wider one', ofRules({ path: '/a/b/**', secrecy: [] }, { path: '/a/**', secrecy: [] })],
  ['rules that overlap', ofRules({ path: '/a/*/c', secrecy: [] }, { path: '/a/b/*', secrecy: [] })],
  [
    'a path one level deep before all',
    ofRules({ path: '/a/*', secrecy: [] }, { path: '/a/**', secrecy: [] }),
  ],
  ['a value after a shorter text', ofRules({ equals: 'a', secrecy: [] }, { prefix: 'a', secrecy: [] })],
  ['nothing but a mode and no tools', { mode: 'strict', tools: [] }],
  [
    'an argument that is called about',
    ofLookup({ tool: 'g', arguments: { about: { value: 1 } }, fields: FIELDS }),
  ],
  [
    'comments everywhere',
    {
      about: 'x',
      mode: 'filter',
      agent: { about: 'x' },
      default: { about: 'x' },
      rulesets: { about: 'x', r: [{ about: 'x', glob: '**', secrecy: [] }] },
      tools: [
        {
          about: 'x',
          names: 't',
          operation: 'read',
          arguments: [{ about: 'x', at: '/v', rules: 'r' }],
          lookups: [
            {
              about: 'x',
              tool: 'g',
              arguments: { about: 'x', a: { about: 'x', value: 1 } },
              fields: [{ about: 'x', at: '/v', rules: 'r' }],
            },
          ],
          items: {
            about: 'x',
            at: '',
            fields: [{ about: 'x', at: '/v', rules: 'r' }],
            otherwise: { about: 'x' },
          },
        },
      ],
    },
  ],
];

test('a policy without a mistake is accepted', async (t) => {
  const guard = await GuardHarness.start('rules');
  for (const [name, policy] of ACCEPTED) {
    await t.test(name, () => assert.ok(!isRefusal(guard.ask('label_agent', policy))));
  }
});

function isRefusal(answer: unknown): answer is { success: boolean; error: string } {
  return (
    typeof answer === 'object' && answer !== null && 'error' in answer && typeof answer.error === 'string'
  );
}
