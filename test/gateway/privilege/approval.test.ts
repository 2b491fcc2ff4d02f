import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { PrivilegeConfig } from '../../../gateway/config/gateway-config.ts';
import { isApproval, isPlainRequest } from '../../../gateway/privilege/approval.ts';

const yes = [{ pointer: '/structuredContent/approved', value: true }];
const approved = '{"content":[],"structuredContent":{"approved":true}}';

suite('a result', () => {
  for (const text of [
    approved,
    '{"content":[],"isError":false,"resultType":"complete","structuredContent":{"approved": true}}',
  ])
    test(`is a yes: ${text}`, () => assert.equal(isApproval(text, yes), true));

  for (const text of [
    '{"content":[],"isError":true,"structuredContent":{"approved":true}}',
    '{"content":[],"isError":"no","structuredContent":{"approved":true}}',
    '{"content":[],"resultType":"input_required","structuredContent":{"approved":true}}',
    '{"content":[],"task":{"taskId":"1"},"structuredContent":{"approved":true}}',
    '{"structuredContent":{"approved":true}}',
    '{"content":[],"structuredContent":{"approved":"true"}}',
    '{"content":[],"structuredContent":{"approved":false}}',
    '{"content":[],"structuredContent":{"approved":false,"approved":true}}',
    '{"content":[],"isError":false,"isError":true,"structuredContent":{"approved":true}}',
    '{"content":[],"structuredContent":{"__proto__":{"approved":true}}}',
    '{"content":[],"structuredContent":[true]}',
    '{"content":[]}',
    '[true]',
    'true',
    `${'['.repeat(100_000)}`,
  ])
    test(`is no yes: ${text.slice(0, 90)}`, () => assert.equal(isApproval(text, yes), false));

  test('needs to say nothing where the rule asks for nothing, but be no error', () => {
    assert.equal(isApproval('{"content":[]}', []), true);
    assert.equal(isApproval('{"content":[],"isError":true}', []), false);
  });

  test('says a text, a number or a truth at every place that is named', () => {
    const text = '{"content":[{"text":"y\\u0065s","n":9007199254740993}],"a/b":{"~":1}}';
    const at = (pointer: string, value: string | number | boolean) => isApproval(text, [{ pointer, value }]);
    assert.equal(at('/content/0/text', 'yes'), true);
    assert.equal(at('/content/00/text', 'yes'), false);
    assert.equal(at('/content/1/text', 'yes'), false);
    assert.equal(at('/content/0/n', 9007199254740992), false);
    assert.equal(at('/a~1b/~0', 1), true);
    assert.equal(at('/a~1b/~0', '1'), false);
    assert.equal(at('/toString', 'x'), false);
  });
});

suite('a request', () => {
  const rule: PrivilegeConfig = {
    name: 'rule',
    principals: ['alice'],
    server: 'approvals',
    tool: 'ask',
    args: { to: 'a', n: [1] },
    result: [],
    clientAnswers: false,
    drop: ['house'],
    add: [],
    uses: undefined,
    durationMs: undefined,
  };
  const args = '{"n":[1.0],"to":"\\u0061"}';
  const plain = ['name', 'arguments', '_meta'];

  test('is plain with exactly the configured arguments, however they are spelled', () => {
    assert.equal(isPlainRequest(rule, { args, members: plain }), true);
    for (const other of [
      '{}',
      '{"n":[1],"to":"a","why":"urgent"}',
      '{"n":[1],"to":"b"}',
      '{"n":["1"],"to":"a"}',
    ])
      assert.equal(isPlainRequest(rule, { args: other, members: plain }), false);
  });

  test('is not plain with arguments that cannot be read', () => {
    for (const args of [
      `{"n":${'['.repeat(5_000)}${']'.repeat(5_000)},"to":"a"}`,
      '{"n":[1],"to":"b","to":"a"}',
      '{',
    ])
      assert.equal(isPlainRequest(rule, { args, members: plain }), false);
  });

  test('is not plain with anything else beside them; what its client answers only where that counts', () => {
    const members = [...plain, 'inputResponses', 'requestState'];
    assert.equal(isPlainRequest(rule, { args, members }), false);
    assert.equal(isPlainRequest({ ...rule, clientAnswers: true }, { args, members }), true);
    assert.equal(
      isPlainRequest({ ...rule, clientAnswers: true }, { args, members: [...members, 'task'] }),
      false,
    );
  });
});
