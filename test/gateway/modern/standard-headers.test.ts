import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isModernVersion } from '../../../gateway/modern/modern-version.ts';
import { standardHeaders } from '../../../gateway/modern/standard-headers.ts';

suite('the headers of a request', () => {
  const names: readonly (readonly [method: string, params: string | undefined, name: string | undefined])[] =
    [
      ['tools/call', '{"name":"a","uri":"b"}', 'a'],
      ['prompts/get', '{"name":"\\u00e4"}', '=?base64?w6Q=?='],
      ['resources/read', '{"name":"a","uri":"b:c"}', 'b:c'],
      ['tasks/get', '{"taskId":"t"}', 't'],
      ['tools/call', '{"name":1}', undefined],
      ['tools/call', undefined, undefined],
      ['completion/complete', '{"name":"a"}', undefined],
    ];
  for (const [method, params, name] of names) {
    test(`${method} of ${params} say the name ${name}`, () => {
      assert.deepEqual(standardHeaders('2026-07-28', { method, params }), {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(name !== undefined && { 'mcp-name': name }),
      });
    });
  }
});

suite('a revision is modern', () => {
  for (const version of ['2026-07-28', '2027-01-01']) {
    test(`as ${version}`, () => assert.equal(isModernVersion(version), true));
  }
  for (const version of [
    undefined,
    '',
    '2025-11-25',
    '2026-07-27',
    'v999.0.0',
    '2026-07-28 ',
    'DRAFT-2026',
  ]) {
    test(`not as ${version}`, () => assert.equal(isModernVersion(version), false));
  }
});
