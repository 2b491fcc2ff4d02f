import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalJson, repeatsName } from '../../../gateway/response/canonical-json.ts';
import { scanJson } from '../../../gateway/response/json-scanner.ts';
import { ROOT } from '../../../gateway/response/json-tape.ts';

const EQUAL: readonly (readonly [string, string])[] = [
  ['1', '1.0'],
  ['1.50', '15e-1'],
  ['1000', '1E3'],
  ['-0', '0.000e7'],
  ['0.001', '1e-3'],
  ['9007199254740993', '9007199254740993.0'],
  ['"é/"', '"\\u00e9\\/"'],
  ['{"a":1,"b":[2]}', ' { "b" : [ 2 ] , "\\u0061" : 1 } '],
  ['1e999999999999999999', '1e999999999999999999'],
];
const DIFFERENT: readonly (readonly [string, string])[] = [
  ['9007199254740993', '9007199254740992'],
  ['1', '"1"'],
  ['1', '-1'],
  ['1', 'true'],
  ['null', '"null"'],
  ['[1,2]', '[2,1]'],
  ['[]', '{}'],
  ['["a,b"]', '["a","b"]'],
  ['{"a":1}', '{"a":1,"b":1}'],
  ['{"a:1,":2}', '{"a":1}'],
  ['"\\ud800"', '"\\ufffd"'],
  ['1e400', '1e401'],
];

describe('canonical JSON', () => {
  for (const [a, b] of EQUAL) test(`${a} equals ${b}`, () => assert.equal(canonical(a), canonical(b)));
  for (const [a, b] of DIFFERENT) test(`${a} is not ${b}`, () => assert.notEqual(canonical(a), canonical(b)));

  test('what repeats a name equals what repeats it with the same values in the same order', () => {
    const one = canonical('{"b":0,"a":1,"\\u0061":2}');
    assert.equal(one, canonical('{"a":1,"b":0,"a":2.0}'));
    for (const other of ['{"a":2,"a":1,"b":0}', '{"a":1,"b":0}', '{"a":2,"b":0}'])
      assert.notEqual(one, canonical(other));
  });

  test('a repeated name is found, however deep', () => {
    const repeats = (text: string) => repeatsName(scanJson(text), ROOT);
    for (const text of ['{"a":1,"\\u0061":1}', '[{"b":{"a":1,"a":1}}]']) assert.ok(repeats(text));
    for (const text of ['{"a":{"a":1},"b":[{"a":1},{"a":1}]}', '["a","a"]']) assert.ok(!repeats(text));
  });
});

function canonical(text: string): string | undefined {
  return canonicalJson(scanJson(text), ROOT);
}
