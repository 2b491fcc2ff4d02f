import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { oneLine } from '../../../gateway/rpc/one-line.ts';

suite('a text on one line', () => {
  test('is the text itself where it is one already', () => {
    const text = '{"a":"é \\n \u{1f600}"}';
    assert.equal(oneLine(text), text);
  });

  test('means the same without its line ends', () => {
    const text = '{\r\n "a" :\n[1,\r"\u2028b\u2029c\u0085"]\n}';
    const line = oneLine(text);
    assert.doesNotMatch(line, /[\n\r\u0085\u2028\u2029]/);
    assert.deepEqual(JSON.parse(line), JSON.parse(text));
  });
});
