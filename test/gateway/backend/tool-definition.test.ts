import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseToolPage, withOnlyTools } from '../../../gateway/backend/tool-definition.ts';
import { GatewayError } from '../../../gateway/gateway-error.ts';

const page = (...tools: readonly string[]) => parseToolPage(`{"tools":[${tools.join(',')}]}`);
const digestOf = (tool: string) => page(tool).tools[0]?.digest;
const nested = (depth: number, value: string) => `${'['.repeat(depth)}${value}${']'.repeat(depth)}`;

suite('a page of tools', () => {
  test('is read with what of its tools matters, and each one’s own text', () => {
    const text =
      '{ "name":"a", "annotations":{"readOnlyHint":true},"outputSchema":{},"x":12345678901234567890 }';
    const [tool, other] = page(text, '{"name":"b","annotations":null}').tools;
    assert.deepEqual(
      [tool?.name, tool?.isReadOnly, tool?.hasOutputSchema, tool?.text],
      ['a', true, true, text],
    );
    assert.deepEqual([other?.isReadOnly, other?.hasOutputSchema], [false, false]);
  });

  test('says whether there is another', () => {
    assert.equal(parseToolPage('{"tools":[],"nextCursor":"a"}').nextCursor, 'a');
    for (const cursor of ['null', '5', '{}'])
      assert.equal(parseToolPage(`{"tools":[],"nextCursor":${cursor}}`).nextCursor, undefined);
  });

  for (const [about, result] of [
    ['no list', '{"tools":{}}'],
    ['nothing', '{}'],
    ['no tool', '{"tools":[1]}'],
    ['a tool without a name', '{"tools":[{"name":1}]}'],
    ['a tool with two names', '{"tools":[{"name":"a","name":"b"}]}'],
    ['two lists', '{"tools":[],"tools":[]}'],
    ['no JSON within', '{"tools":[{"name":"a","b":[1 2]}]}'],
  ] as const) {
    test(`is none that holds ${about}`, () => {
      assert.throws(
        () => parseToolPage(result),
        (error) => error instanceof GatewayError && error.code === 'BACKEND_ERROR',
      );
    });
  }

  test('keeps its bytes where all tools stay, and its other members where some go', () => {
    const result = '{ "nextCursor" :"c", "tools": [ {"name":"a"}, {"name": "b"} ], "_meta":{"n":1.0} }';
    const read = parseToolPage(result);
    assert.equal(withOnlyTools(result, read, read.tools), result);
    assert.equal(
      withOnlyTools(result, read, read.tools.slice(1)),
      '{"nextCursor":"c","tools":[{"name": "b"}],"_meta":{"n":1.0}}',
    );
  });
});

suite('the digest of a tool', () => {
  test('is the same for all spellings of a definition', () => {
    const one = digestOf('{"name":"a","b":{"c":1,"d":[1,2]}}');
    assert.equal(digestOf('{ "b": {"d":[1, 2],"\\u0063":1.0}, "name":"a"}'), one);
  });

  for (const [about, text, other] of [
    ['a description', '{"name":"a","description":"b"}', '{"name":"a","description":"c"}'],
    ['the order of a list', '{"name":"a","b":[1,2]}', '{"name":"a","b":[2,1]}'],
    ['a digit beyond 2^53', '{"name":"a","b":9007199254740993}', '{"name":"a","b":9007199254740992}'],
    [
      'the first of two members of one name',
      '{"name":"a","b":{"c":1,"c":2}}',
      '{"name":"a","b":{"c":3,"c":2}}',
    ],
    ['a member named __proto__', '{"name":"a","b":{"__proto__":1}}', '{"name":"a","b":{}}'],
    [
      'what is nested very deeply',
      `{"name":"a","b":${nested(100_000, '1')}}`,
      `{"name":"a","b":${nested(100_000, '2')}}`,
    ],
  ] as const) {
    test(`is another when ${about} is another`, () => {
      assert.ok(digestOf(text));
      assert.notEqual(digestOf(text), digestOf(other));
    });
  }
});
