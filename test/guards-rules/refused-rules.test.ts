import { test } from 'node:test';
import { checkRefused, type RefusedPolicy } from './refusal-check.ts';
import { policyOf } from './rules-session.ts';

const RULES = [{ glob: '**', secrecy: [] }];

function ofRules(...rules: object[]): unknown {
  return policyOf({ arguments: [{ at: '/v', rules }] });
}

function ofField(field: object): unknown {
  return policyOf({ secrecy: [], arguments: [field] });
}

const FIELDS_AND_RULES: RefusedPolicy[] = [
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
  [
    'a rule for nothing',
    ofRules({ secrecy: [] }),
    'tools[0].arguments[0].rules[0]: does not say what it is for',
  ],
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
];

/** Pairs of rules of which the second can never be the first that matches. */
function unreachable(): RefusedPolicy[] {
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

test('a field or a rule with a mistake is refused', (t) => checkRefused(t, FIELDS_AND_RULES));
