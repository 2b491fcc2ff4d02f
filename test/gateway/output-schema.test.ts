import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseToolPage } from '../../gateway/backend/tool-definition.ts';
import { acceptedResult } from '../../gateway/output-schema.ts';

const { tools } = parseToolPage(
  '{"tools":[{"name":"list","outputSchema":{"type":"object"}},{"name":"list"}]}',
);
const [structured, plain] = tools;

suite('a changed result', () => {
  test('without structured content is an error where the tool promises it', () => {
    const result = acceptedResult('{"content":[],"isError":false}', structured);
    assert.deepEqual(JSON.parse(result), { content: [], isError: true });
  });

  test('keeps the digits of its numbers', () => {
    const result = acceptedResult('{"content":[],"_meta":{"id":9007199254740993}}', structured);
    assert.match(result, /9007199254740993/);
  });

  for (const [about, text, tool] of [
    ['with structured content stays as it is', '{"content":[],"structuredContent":{}}', structured],
    ['of a tool without an output schema stays as it is', '{"content":[]}', plain],
  ] as const) {
    test(about, () => assert.equal(acceptedResult(text, tool), text));
  }
});
