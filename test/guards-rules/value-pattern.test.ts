import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSED, policyOf, startRules } from './rules-session.ts';

type Case = { rule: object; value: unknown; matches: 'yes' | 'no' | 'unclear' };

const CASES: Case[] = [
  { rule: { equals: 'web' }, value: 'web', matches: 'yes' },
  { rule: { equals: 'web' }, value: 'webs', matches: 'no' },
  { rule: { equals: 'web' }, value: 'Web', matches: 'unclear' },
  { rule: { equals: 'web' }, value: ' web\t', matches: 'unclear' },
  { rule: { equals: 'web' }, value: ['web'], matches: 'unclear' },
  { rule: { equals: 'a"\\\n\u00e9\u{1f4c1}' }, value: 'a"\\\n\u00e9\u{1f4c1}', matches: 'yes' },
  { rule: { equals: 7 }, value: 7, matches: 'yes' },
  { rule: { equals: 7 }, value: 8, matches: 'no' },
  { rule: { equals: 7 }, value: '7', matches: 'unclear' },
  { rule: { equals: '7' }, value: 7, matches: 'unclear' },
  { rule: { equals: true }, value: true, matches: 'yes' },
  { rule: { equals: true }, value: false, matches: 'no' },
  { rule: { equals: true }, value: 'true', matches: 'unclear' },
  { rule: { equals: null }, value: null, matches: 'yes' },
  { rule: { equals: null }, value: 0, matches: 'no' },
  { rule: { equals: 'web' }, value: null, matches: 'no' },

  { rule: { prefix: 'acme/' }, value: 'acme/web', matches: 'yes' },
  { rule: { prefix: 'acme/' }, value: 'acme/', matches: 'yes' },
  { rule: { prefix: 'acme/' }, value: 'evil/acme/', matches: 'no' },
  { rule: { prefix: 'acme/' }, value: 'ACME/web', matches: 'unclear' },
  { rule: { prefix: 'acme/' }, value: ' acme/web', matches: 'unclear' },
  { rule: { prefix: 'acme/' }, value: 'acme/../evil', matches: 'unclear' },
  { rule: { prefix: 'acme/' }, value: 'acme/x\\..', matches: 'unclear' },
  { rule: { prefix: 'acme/' }, value: 'acme/./x', matches: 'unclear' },
  { rule: { prefix: 'acme/' }, value: 'acme/x\u0000', matches: 'unclear' },
  { rule: { prefix: '4' }, value: 42, matches: 'unclear' },
  { rule: { prefix: 'a' }, value: 'a'.repeat(4097), matches: 'unclear' },
  { rule: { prefix: 'a' }, value: 'a'.repeat(4096), matches: 'yes' },

  { rule: { glob: 'acme/*' }, value: 'acme/web-1.0_x+y~z', matches: 'yes' },
  { rule: { glob: 'acme/*' }, value: 'acme/', matches: 'yes' },
  { rule: { glob: 'acme/*' }, value: 'acme/käse', matches: 'yes' },
  { rule: { glob: 'acme/*' }, value: 'acme/a b', matches: 'unclear' },
  { rule: { glob: 'acme/*' }, value: 'acme/a/b', matches: 'unclear' },
  { rule: { glob: 'acme/**' }, value: 'acme/a/b c', matches: 'yes' },
  { rule: { glob: 'acme/**' }, value: 'acme/../b', matches: 'unclear' },
  { rule: { glob: 'acme/**' }, value: 'Acme/b', matches: 'unclear' },
  { rule: { glob: 'acme/**' }, value: 'acm/b', matches: 'no' },
  { rule: { glob: '*-**-*' }, value: 'a-b c-d', matches: 'yes' },
  { rule: { glob: '*-**-*' }, value: 'a-b', matches: 'no' },
  { rule: { glob: 'https://*.acme.example/**' }, value: 'https://x.acme.example/a?b', matches: 'yes' },
  { rule: { glob: 'https://*.acme.example/**' }, value: 'https://evil#.acme.example/', matches: 'unclear' },
  {
    rule: { glob: 'https://*.acme.example/**' },
    value: 'https://evil\uff0f.acme.example/',
    matches: 'unclear',
  },
  { rule: { glob: '4*' }, value: 42, matches: 'unclear' },
  { rule: { glob: '**' }, value: 'anything\u0000 at/../all', matches: 'yes' },
  { rule: { glob: '**' }, value: { a: 1 }, matches: 'yes' },
  { rule: { glob: '**' }, value: null, matches: 'yes' },
];

const RESULTS = {
  yes: { secrecy: ['matched'], integrity: [] },
  no: { secrecy: ['later'], integrity: [] },
  unclear: CLOSED,
};

test('a value is matched as it is written, or clearly not, or by no rule at all', async (t) => {
  for (const { rule, value, matches } of CASES) {
    const rules: object[] = [{ ...rule, secrecy: ['matched'] }];
    if (!('glob' in rule) || rule.glob !== '**') rules.push({ glob: '**', secrecy: ['later'] });
    const { resource } = await startRules(policyOf({ arguments: [{ at: '/v', rules }] }));
    await t.test(`${JSON.stringify(rule)} ${JSON.stringify(value).slice(0, 40)}: ${matches}`, () => {
      assert.deepEqual(resource('t', { v: value }), { operation: 'read', ...RESULTS[matches] });
    });
  }
});

test('numbers are compared digit by digit', async () => {
  const rules = [
    { equals: '(replaced)', secrecy: ['matched'] },
    { glob: '**', secrecy: ['later'] },
  ];
  const policy = JSON.stringify(policyOf({ arguments: [{ at: '/v', rules }] }));
  const { guard } = await startRules(policy.replace('"(replaced)"', '9007199254740993'));
  const ask = (v: string) => guard.call('label_resource', `{"tool_name":"t","tool_args":{"v":${v}}}`).text;
  assert.match(ask('9007199254740993'), /"matched"/);
  // The same as a double, and so perhaps the same to the server.
  assert.match(ask('9007199254740992'), /"unlabelled"/);
  assert.match(ask('9007199254740993.0'), /"unlabelled"/);
  assert.match(ask('9007199254740995'), /"later"/);
});
