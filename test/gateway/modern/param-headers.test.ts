import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { mirroredParams, paramHeaders } from '../../../gateway/modern/param-headers.ts';

const mirrored = (name: unknown, type = 'string') => ({ type, 'x-mcp-header': name });
const schemaOf = (properties: object) => JSON.stringify({ type: 'object', properties });

suite('the arguments that headers repeat', () => {
  test('are those that the schema says, at any depth of properties', () => {
    const schema = schemaOf({
      region: mirrored('Region'),
      query: { type: 'string' },
      where: { type: 'object', properties: { zone: mirrored('Zone', 'integer') } },
      list: { type: 'array', items: mirrored('Item') },
    });
    assert.deepEqual(mirroredParams(schema), [
      { header: 'mcp-param-region', path: ['region'] },
      { header: 'mcp-param-zone', path: ['where', 'zone'] },
    ]);
  });

  test('are none without annotations', () => assert.deepEqual(mirroredParams('{"type":"object"}'), []));

  const broken: readonly (readonly [what: string, properties: object])[] = [
    ['is empty', { a: mirrored('') }],
    ['is no token', { a: mirrored('a b') }],
    ['holds a line end', { a: mirrored('a\r\nb') }],
    ['is no string', { a: mirrored(1) }],
    ['is of a number', { a: mirrored('a', 'number') }],
    ['is of an object', { a: mirrored('a', 'object') }],
    ['is there twice', { a: mirrored('Name'), b: mirrored('name') }],
  ];
  for (const [what, properties] of broken) {
    test(`are not to be had where an annotation ${what}`, () =>
      assert.equal(mirroredParams(schemaOf(properties)), undefined));
  }
});

suite('the header of an argument', () => {
  const params = [
    { header: 'mcp-param-a', path: ['a'] },
    { header: 'mcp-param-z', path: ['where', 'z'] },
  ];
  const values: readonly (readonly [args: string | undefined, headers: object])[] = [
    ['{"a":"x"}', { 'mcp-param-a': 'x' }],
    ['{"a":"\\u00fc"}', { 'mcp-param-a': '=?base64?w7w=?=' }],
    ['{"a":""}', { 'mcp-param-a': '' }],
    ['{"a":42.0,"where":{ "z":-7 }}', { 'mcp-param-a': '42', 'mcp-param-z': '-7' }],
    ['{"a":true,"where":{"z":false}}', { 'mcp-param-a': 'true', 'mcp-param-z': 'false' }],
    ['{"a":null,"where":null}', {}],
    ['{"a":[1],"where":{"z":{}}}', {}],
    ['{"a":1.5,"where":{"z":9007199254740993}}', {}],
    ['{}', {}],
    [undefined, {}],
  ];
  for (const [args, headers] of values) {
    test(`of ${args} is ${JSON.stringify(headers)}`, () =>
      assert.deepEqual(paramHeaders(params, args), headers));
  }
});
