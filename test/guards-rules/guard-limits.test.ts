import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { GuardHarness } from './guard-harness.ts';
import { asTextResult, examplePolicy, policyOf, startRules } from './rules-session.ts';

// What a guard gets when its configuration says nothing. Engines bound each memory that is made from here on.
setFlagsFromString('--wasm-max-mem-pages=512');

const POLICY = policyOf({
  secrecy: ['s'],
  items: { at: '', fields: [{ at: '', rules: [{ glob: '**', secrecy: [] }] }] },
});
const GUARD_ERROR = -1;
const BUFFER_TOO_SMALL = -2;

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

test('an answer that does not fit says which size it needs, and fits into that', async (t) => {
  const { guard } = await startRules(POLICY);
  const asks = [
    ['label_agent', POLICY],
    ['label_agent', {}],
    ['label_resource', { tool_name: 't\u{1f4c1}"', tool_args: {} }],
    ['label_response', { tool_name: 't', tool_args: {}, tool_result: asTextResult([1, 2, 3]) }],
  ] as const;
  for (const [name, input] of asks) {
    await t.test(name, () => {
      const { text, code: size } = guard.call(name, input);
      for (const outBytes of [4, size - 1]) {
        const { code, out } = guard.call(name, input, outBytes);
        assert.deepEqual([code, out.getUint32(0, true)], [BUFFER_TOO_SMALL, size]);
      }
      assert.deepEqual(
        guard.call(name, input, 0).out.getUint32(0, true),
        0,
        'nothing is written beyond the buffer',
      );
      assert.equal(guard.call(name, input, size).text, text);
      if (name === 'label_agent') guard.call('label_agent', POLICY);
    });
  }
});

test('a response of thousands of items is labelled in the memory that a guard has', async () => {
  const { response, guard } = await startRules(await examplePolicy('files'));
  const tree = Array.from({ length: 30_000 }, (_, i) => ({ name: i % 2 ? 'public' : `f${i}`, type: 'file' }));
  const labels = response('directory_tree', { path: '/data' }, asTextResult(tree));
  assert.equal(JSON.stringify(labels).match(/files:private/g)?.length, 15_000);
  assert.ok(guard.memory.byteLength <= 512 * 65_536, `${guard.memory.byteLength} bytes`);
});

test('the largest input of the ABI is labelled, again and again', async () => {
  const { response } = await startRules(POLICY);
  const bodies = Array.from({ length: 8000 }, (_, id) => ({ id, text: 'x'.repeat(1000) }));
  const result = { content: [{ type: 'text', text: JSON.stringify(bodies) }] };
  assert.ok(JSON.stringify(result).length > 7.8 * 1024 * 1024);
  for (let i = 0; i < 5; i++) assert.ok(response('t', {}, result));
});

test('the memory does not grow from call to call', async () => {
  const { response, guard } = await startRules(POLICY);
  const result = asTextResult(Array.from({ length: 2000 }, (_, i) => ({ i, body: 'x'.repeat(1000) })));
  for (let i = 0; i < 3; i++) response('t', {}, result);
  const before = guard.memory.byteLength;
  for (let i = 0; i < 20; i++) response('t', {}, result);
  assert.equal(guard.memory.byteLength, before);
});

test('blocks of the host keep their bytes until the host gives them back', async () => {
  const { guard, response } = await startRules(POLICY);
  const block = guard.alloc(100_000);
  new Uint8Array(guard.memory, block, 100_000).fill(7);
  for (let i = 0; i < 20; i++) response('t', {}, asTextResult(Array.from({ length: 1000 }, () => 'x')));
  assert.ok(new Uint8Array(guard.memory, block, 100_000).every((byte) => byte === 7));
  guard.dealloc(block, 100_000);
});

test('JSON may be nested 512 deep, and deeper is an error', async () => {
  const { guard } = await startRules(POLICY);
  // The call itself is one level.
  const call = (depth: number) => `{"tool_name":"t","tool_args":{},"extra":${nested(depth)}}`;
  assert.ok(guard.call('label_resource', call(511)).code > 0);
  assert.equal(guard.call('label_resource', call(512)).code, GUARD_ERROR);
  assert.equal(guard.call('label_resource', call(1_000_000)).code, GUARD_ERROR);
  assert.ok(guard.call('label_resource', call(1)).code > 0);
});

const NO_CALLS: [string, string | Uint8Array][] = [
  ['nothing', ''],
  ['no JSON', '{"tool_name":"t"'],
  ['JSON and more', '{"tool_name":"t","tool_args":{}} x'],
  ['a byte order mark', '\ufeff{"tool_name":"t","tool_args":{}}'],
  ['a NUL', '{"tool_name":"t","tool_args":{}}\u0000'],
  ['an array', '[]'],
  ['no tool', '{"tool_args":{}}'],
  ['a tool that is no string', '{"tool_name":5,"tool_args":{}}'],
  ['arguments that are no object', '{"tool_name":"t","tool_args":[]}'],
  ['an argument twice', '{"tool_name":"t","tool_args":{"path":1,"path":2}}'],
  ['an argument twice, deep inside', '{"tool_name":"t","tool_args":{"a":[{"b":1,"\\u0062":2}]}}'],
  ['a trailing comma', '{"tool_name":"t","tool_args":{},}'],
  ['a comment', '{"tool_name":"t","tool_args":{}/**/}'],
  ['a leading zero', '{"tool_name":"t","tool_args":{"a":01}}'],
  ['a number without digits', '{"tool_name":"t","tool_args":{"a":-}}'],
  ['a fraction without digits', '{"tool_name":"t","tool_args":{"a":1.}}'],
  ['an exponent without digits', '{"tool_name":"t","tool_args":{"a":1e+}}'],
  ['a word that is none', '{"tool_name":"t","tool_args":{"a":nul}}'],
  ['a control character in a string', '{"tool_name":"t\n","tool_args":{}}'],
  ['an escape that is none', '{"tool_name":"\\x","tool_args":{}}'],
  ['half an escape', '{"tool_name":"\\u00g0","tool_args":{}}'],
  ...[
    [0x80],
    [0xc0, 0xaf],
    [0xc3],
    [0xe0, 0x80, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xff],
  ].map((bytes): [string, Uint8Array] => [
    `the bytes ${bytes.map((byte) => byte.toString(16))}`,
    Buffer.concat([Buffer.from('{"tool_name":"'), Buffer.from(bytes), Buffer.from('","tool_args":{}}')]),
  ]),
];

test('an input that describes no call is an error with a line in the log', async (t) => {
  for (const [name, input] of NO_CALLS) {
    await t.test(name, async () => {
      const { guard } = await startRules(POLICY);
      assert.equal(guard.call('label_resource', input).code, GUARD_ERROR);
      assert.equal(guard.call('label_response', input).code, GUARD_ERROR);
      assert.equal(guard.logLines.length, 2);
      assert.equal(guard.logLines[0]?.level, 3);
    });
  }
});

test('a guard without a policy labels nothing', async () => {
  const guard = await GuardHarness.start('rules');
  const call = { tool_name: 't', tool_args: {}, tool_result: {} };
  assert.equal(guard.call('label_resource', call).code, GUARD_ERROR);
  assert.equal(guard.call('label_response', call).code, GUARD_ERROR);
});
