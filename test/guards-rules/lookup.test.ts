import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackendAnswer } from './guard-harness.ts';
import { asTextResult, CLOSED, policyOf, startRules } from './rules-session.ts';

const TOOL = {
  lookups: [
    {
      tool: 'get',
      arguments: { id: { from: '/id' }, fields: { value: ['visibility', 1e2] } },
      fields: [
        {
          at: '/visibility',
          rules: [
            { equals: 'public', secrecy: [] },
            { equals: 'private', secrecy: ['p'] },
          ],
        },
      ],
    },
  ],
};
const POLICY = policyOf(TOOL);

const WARNING = 2;

function answer(value: unknown): string {
  return JSON.stringify(value);
}

test('a lookup asks with the arguments of the call as they are written', async () => {
  const { guard } = await startRules(POLICY, { get: answer(asTextResult({ visibility: 'public' })) });
  const ask = (id: string) => guard.call('label_resource', `{"tool_name":"t","tool_args":{"id":${id}}}`).text;
  assert.match(ask('90071992547409931'), /"secrecy":\[\]/);
  assert.match(ask('"a\\u0041\\"\\ud83d\\udcc1"'), /"secrecy":\[\]/);
  assert.deepEqual(
    guard.backendCalls.map((call) => call.args),
    [
      '{"id":90071992547409931,"fields":["visibility",100]}',
      '{"id":"a\\u0041\\"\\ud83d\\udcc1","fields":["visibility",100]}',
    ],
  );
  assert.deepEqual(guard.logLines, []);
});

test('rules look at the answer as it is, and at the JSON in its text', async () => {
  for (const result of [asTextResult({ visibility: 'private' }), { visibility: 'private' }]) {
    const { resource } = await startRules(POLICY, { get: answer(result) });
    assert.deepEqual(resource('t', { id: 1 }), { operation: 'read', secrecy: ['p'], integrity: [] });
  }
});

const FAILURES: { name: string; answer: BackendAnswer; id?: unknown; logs: string }[] = [
  { name: 'INTERNAL', answer: -1, logs: 'lookup get failed: -1 INTERNAL' },
  { name: 'DEADLINE_EXCEEDED', answer: -4, logs: 'lookup get failed: -4 DEADLINE_EXCEEDED' },
  { name: 'UNAVAILABLE', answer: -5, logs: 'lookup get failed: -5 UNAVAILABLE' },
  { name: 'PERMISSION_DENIED', answer: -7, logs: 'lookup get failed: -7 PERMISSION_DENIED' },
  { name: 'INVALID_RESULT', answer: -11, logs: 'lookup get failed: -11 INVALID_RESULT' },
  { name: 'a code of the future', answer: -99, logs: 'lookup get failed: -99 -99' },
  { name: 'no JSON', answer: '{"visibility":', logs: 'lookup get failed: -11 INVALID_RESULT' },
  { name: 'no bytes', answer: '', logs: 'lookup get failed: -11 INVALID_RESULT' },
  {
    name: 'an error',
    answer: answer({ isError: true, visibility: 'public' }),
    logs: 'lookup get failed: the tool answered with an error',
  },
  ...[undefined, null, {}, ['x']].map((id) => ({
    name: `the argument ${JSON.stringify(id)}`,
    answer: answer({ visibility: 'public' }),
    id,
    logs: 'lookup get failed: the call has no such argument, or one that is no plain value',
  })),
];

test('a lookup that fails leaves the default labels, and one warning', async (t) => {
  for (const { name, answer: result, logs, ...call } of FAILURES) {
    await t.test(name, async () => {
      const { resource, guard } = await startRules(POLICY, { get: result });
      assert.deepEqual(resource('t', { id: 'id' in call ? call.id : 1 }), { operation: 'read', ...CLOSED });
      assert.deepEqual(guard.logLines, [{ level: WARNING, text: logs }]);
    });
  }
});

test('an answer that no rule matches leaves the default labels', async () => {
  for (const result of [{}, { visibility: 'internal' }, { visibility: ['public'] }, [], 'public']) {
    const { resource } = await startRules(POLICY, { get: answer(asTextResult(result)) });
    assert.deepEqual(resource('t', { id: 1 }), { operation: 'read', ...CLOSED });
  }
});

test('an answer that is too large for the buffer is asked for again with a larger one', async () => {
  const large = { visibility: 'private', body: 'x'.repeat(3_000_000) };
  const { resource, guard } = await startRules(POLICY, { get: answer(large) });
  assert.deepEqual(resource('t', { id: 1 }), { operation: 'read', secrecy: ['p'], integrity: [] });
  const size = Buffer.byteLength(answer(large));
  assert.deepEqual(
    guard.backendCalls.map((call) => call.outBytes),
    [64 * 1024, size],
  );
});

test('a host that always says that the buffer is too small is asked eight more times', async () => {
  const { resource, guard } = await startRules(POLICY, { get: -2 });
  assert.deepEqual(resource('t', { id: 1 }), { operation: 'read', ...CLOSED });
  assert.equal(guard.backendCalls.length, 9);
  assert.deepEqual(guard.logLines, [{ level: WARNING, text: 'lookup get failed: -2 BUFFER_TOO_SMALL' }]);
});

test('the labels of a call are looked up again for a response only when an item needs them', async () => {
  const items = { at: '', fields: [{ at: '/v', rules: [{ equals: 'public', secrecy: [], integrity: [] }] }] };
  const tool = { ...TOOL, items };
  const { response, guard } = await startRules(policyOf(tool), { get: answer({ visibility: 'private' }) });
  const publicItems = asTextResult([{ v: 'public' }, { v: 'public' }]);
  assert.ok(response('t', { id: 1 }, publicItems));
  assert.equal(guard.backendCalls.length, 0);
  assert.deepEqual(response('t', { id: 1 }, asTextResult([{}, { v: 'x' }, { v: 'public' }])), {
    labeled_paths: [
      { path: '/0', labels: { secrecy: ['p'], integrity: [] } },
      { path: '/1', labels: { secrecy: ['p'], integrity: [] } },
      { path: '/2', labels: { secrecy: [], integrity: [] } },
    ],
    items_path: '',
  });
  assert.equal(guard.backendCalls.length, 1);
});
