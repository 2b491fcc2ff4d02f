import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuardHarness } from './guard-harness.ts';
import { checkRefused, isRefusal, type RefusedPolicy } from './refusal-check.ts';
import { policyOf } from './rules-session.ts';

const RULES = [{ glob: '**', secrecy: [] }];
const FIELDS = [{ at: '/v', rules: RULES }];

function ofRules(...rules: object[]): unknown {
  return policyOf({ arguments: [{ at: '/v', rules }] });
}

function ofLookup(lookup: unknown): unknown {
  return policyOf({ secrecy: [], lookups: [lookup] });
}

const REFUSED: RefusedPolicy[] = [
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
];

test('a policy with a mistake is refused with a sentence that names the place', (t) =>
  checkRefused(t, REFUSED));

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
