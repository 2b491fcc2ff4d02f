import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOSED, policyOf, startRules } from './rules-session.ts';

const RULES = [
  { equals: 'ab', secrecy: ['a', 'b'], integrity: ['t', 'u'] },
  { equals: 'bc', secrecy: ['b', 'c'], integrity: ['u', 'v'] },
  { equals: 'none', secrecy: [], integrity: [] },
  { equals: 'silent' },
  { equals: 'all', secrecy: ['*'], integrity: ['*'] },
  { missing: true },
];

type Case = { operation: string; values: unknown[]; is: { secrecy: string[]; integrity: string[] } };

const CASES: Case[] = [
  { operation: 'read', values: ['ab', 'bc'], is: { secrecy: ['a', 'b', 'c'], integrity: ['u'] } },
  { operation: 'read', values: ['ab', 'none'], is: { secrecy: ['a', 'b'], integrity: [] } },
  { operation: 'read', values: ['ab', 'silent'], is: { secrecy: ['a', 'b'], integrity: [] } },
  { operation: 'read', values: ['ab', 'all'], is: { secrecy: ['*', 'a', 'b'], integrity: ['t', 'u'] } },
  { operation: 'read', values: ['ab', 'odd'], is: { secrecy: ['a', 'b', 'unlabelled'], integrity: [] } },
  { operation: 'write', values: ['ab', 'bc'], is: { secrecy: ['b'], integrity: ['t', 'u', 'v'] } },
  { operation: 'write', values: ['ab', 'none'], is: { secrecy: [], integrity: ['t', 'u'] } },
  { operation: 'write', values: ['ab', 'silent'], is: { secrecy: [], integrity: ['t', 'u'] } },
  { operation: 'write', values: ['ab', 'all'], is: { secrecy: ['a', 'b'], integrity: ['*', 't', 'u'] } },
  { operation: 'write', values: ['ab', 'odd'], is: { secrecy: [], integrity: ['t', 'u', 'unlabelled'] } },
  { operation: 'read-write', values: ['ab', 'ab'], is: { secrecy: ['a', 'b'], integrity: ['t', 'u'] } },
  {
    operation: 'read-write',
    values: ['ab', 'bc'],
    is: { secrecy: ['a', 'b', 'c', 'unlabelled'], integrity: ['unlabelled'] },
  },
  { operation: 'read', values: [], is: CLOSED },
  { operation: 'write', values: [], is: CLOSED },
];

test('several values are as restricted together as the most restricted of them', async (t) => {
  for (const { operation, values, is } of CASES) {
    await t.test(`${operation} ${values}`, async () => {
      const { resource } = await startRules(
        policyOf({ operation, arguments: [{ at: '/v/*', rules: RULES }] }),
      );
      assert.deepEqual(resource('t', { v: values }), { operation, ...is });
    });
  }
});

test('the order of values and of keys makes no difference', async () => {
  const { resource } = await startRules(policyOf({ arguments: [{ at: '/v/*', rules: RULES }] }));
  assert.deepEqual(resource('t', { v: ['bc', 'ab'] }), resource('t', { v: ['ab', 'bc'] }));
  assert.deepEqual(resource('t', { x: 1, v: { b: 'bc', a: 'ab' } }), resource('t', { v: ['ab', 'bc'] }));
});

test('a field that names one list is silent about the other', async () => {
  const { resource } = await startRules(
    policyOf({
      arguments: [
        { at: '/owner', rules: [{ equals: 'acme', integrity: ['approved'] }] },
        { at: '/repo', rules: [{ equals: 'vault', secrecy: ['private'] }] },
      ],
    }),
  );
  assert.deepEqual(resource('t', { owner: 'acme', repo: 'vault' }), {
    operation: 'read',
    secrecy: ['private'],
    integrity: ['approved'],
  });
});

test('the labels of a tool count like those of one more value', async () => {
  const tool = { secrecy: ['a'], integrity: ['t'], arguments: [{ at: '/v', rules: RULES }] };
  const reading = await startRules(policyOf({ ...tool, operation: 'read' }));
  const writing = await startRules(policyOf({ ...tool, operation: 'write' }));
  assert.deepEqual(reading.resource('t', { v: 'bc' }), {
    operation: 'read',
    secrecy: ['a', 'b', 'c'],
    integrity: [],
  });
  assert.deepEqual(writing.resource('t', { v: 'ab' }), {
    operation: 'write',
    secrecy: ['a'],
    integrity: ['t', 'u'],
  });
  assert.deepEqual(reading.resource('t', {}), { operation: 'read', secrecy: ['a'], integrity: ['t'] });
});

test('arguments that no rule looks at have no effect', async () => {
  const { resource } = await startRules(policyOf({ secrecy: ['a'] }));
  const is = { operation: 'read', secrecy: ['a'], integrity: [] };
  assert.deepEqual(resource('t', { any: ['thing', { at: 'all' }] }), is);
  assert.deepEqual(resource('t'), is);
  assert.deepEqual(resource('t', null), is);
});

test('what no rule names has the default labels, and what the default leaves out stays closed', async () => {
  const tool = { arguments: [{ at: '/v', rules: RULES }] };
  const closed = await startRules(policyOf(tool));
  const secret = await startRules(policyOf(tool, { default: { secrecy: ['x'] } }));
  const open = await startRules(
    policyOf(tool, { default: { secrecy: [], integrity: [], operation: 'read' } }),
  );
  assert.deepEqual(closed.resource('other'), { operation: 'read-write', ...CLOSED });
  assert.deepEqual(secret.resource('other'), {
    operation: 'read-write',
    secrecy: ['x'],
    integrity: ['unlabelled'],
  });
  assert.deepEqual(open.resource('other'), { operation: 'read', secrecy: [], integrity: [] });
  assert.deepEqual(secret.resource('t', { v: 'odd' }), {
    operation: 'read',
    secrecy: ['x'],
    integrity: ['unlabelled'],
  });
});

test('a tool is named exactly or by a glob, and an operation that is not given is a read-write', async () => {
  const tools = [
    { names: ['get_secret'], operation: 'read', secrecy: ['s'] },
    { names: ['get_*', 'list_*'], operation: 'read', secrecy: [] },
    { names: 'update', secrecy: [] },
  ];
  const { resource } = await startRules({ mode: 'strict', tools });
  assert.deepEqual(resource('get_secret'), { operation: 'read', secrecy: ['s'], integrity: [] });
  assert.deepEqual(resource('get_x'), { operation: 'read', secrecy: [], integrity: [] });
  assert.deepEqual(resource('update'), { operation: 'read-write', secrecy: [], integrity: [] });
  for (const tool of ['get', 'xget_x', 'Get_x', 'update2', '']) {
    assert.deepEqual(resource(tool), { operation: 'read-write', ...CLOSED });
  }
});

test('label_agent answers the mode and what the agent holds', async () => {
  const { agent } = await startRules({
    mode: 'propagate',
    agent: { secrecy: ['b', 'a', 'b'], integrity: ['t'] },
    tools: [],
  });
  assert.deepEqual(agent, {
    agent: { secrecy: ['a', 'b'], integrity: ['t'] },
    difc_mode: 'propagate',
  });
});
