import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseLossless } from '../../gateway/lossless-json.ts';

suite('JSON that is parsed without loss', () => {
  const texts = [
    '{"id":9007199254740993}',
    '[12345678901234567890123,-9007199254740993]',
    '[0.1234567890123456789,1.50000000000000000]',
    '[1e400,1E+2,-1.5e-400]',
    '{"deep":[{"id":9007199254740993,"text":"9007199254740993"}]}',
    '"9007199254740993 1e5"',
    '[1.0,-0,0.10,-0.0]',
    '[1,2.5,-3,0,true,false,null,""]',
    '{"__proto__":{"id":9007199254740993}}',
  ];
  for (const text of texts) {
    test(`is written as it was: ${text}`, () => assert.equal(JSON.stringify(parseLossless(text)), text));
  }

  test('has plain numbers where nothing would be lost', () => {
    assert.deepEqual(parseLossless('{"a":[1,9007199254740991,0.5],"b":1e3}'), {
      a: [1, 9007199254740991, 0.5],
      b: JSON.rawJSON('1e3'),
    });
  });

  test('is refused when it is no JSON', () => {
    for (const text of ['', '{', '01234567890123456789', '[1e]'])
      assert.throws(() => parseLossless(text), SyntaxError);
  });
});
