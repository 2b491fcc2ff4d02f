import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { decodeHeaderValue, encodeHeaderValue } from '../../../gateway/modern/header-value.ts';

/** Those of the revision (Value Encoding), and more. */
const values: readonly (readonly [text: string, value: string])[] = [
  ['us-west1', 'us-west1'],
  ['a\tb c', 'a\tb c'],
  ['', ''],
  ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
  [' padded ', '=?base64?IHBhZGRlZCA=?='],
  ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
  ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
  ['=?BASE64?literal?=', '=?BASE64?literal?='],
];

suite('the value of a header', () => {
  for (const [text, value] of values) {
    test(`${JSON.stringify(value)} stands for ${JSON.stringify(text)}, and the reverse`, () => {
      assert.equal(encodeHeaderValue(text), value);
      assert.equal(decodeHeaderValue(value), text);
    });
  }

  const malformed = [
    'é',
    'a\u0000',
    'a\nb',
    ' a',
    '=?base64?YQ?=',
    '=?base64?Y Q==?=',
    '=?base64?_w==?=',
    '=?base64?/w==?=',
  ];
  for (const value of malformed) {
    test(`is none as ${JSON.stringify(value)}`, () => assert.equal(decodeHeaderValue(value), undefined));
  }
});
