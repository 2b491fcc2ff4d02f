import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { withMembers, withoutMembers, writeObject } from '../../../gateway/rpc/raw-object.ts';
import { RpcMessageError } from '../../../gateway/rpc/rpc-message-error.ts';

const object = '{ "n" : 12345678901234567890, "o":{ "a":1.0 },"\\u0061b":"\\u00e4" }';

suite('an object as text', () => {
  test('gets members behind its own, whose values keep their bytes', () => {
    assert.equal(
      withMembers(object, [['x', '[1.0]']]),
      '{"n":12345678901234567890,"o":{ "a":1.0 },"ab":"\\u00e4","x":[1.0]}',
    );
  });

  test('gets them in the place of those of the same name, however they are spelled', () => {
    assert.equal(withMembers(object, [['ab', '0']]), '{"n":12345678901234567890,"o":{ "a":1.0 },"ab":0}');
  });

  test('loses members by name', () => {
    assert.equal(withoutMembers(object, ['ab', 'n', 'none']), '{"o":{ "a":1.0 }}');
    assert.equal(withoutMembers('{"a":1}', ['a']), '{}');
  });

  test('has names that JSON needs escaped', () => {
    assert.equal(
      writeObject([
        ['a"b', '1'],
        ['__proto__', '2'],
      ]),
      '{"a\\"b":1,"__proto__":2}',
    );
  });

  for (const text of ['[]', '1', '{"a":1', '{"a":1,"a":2}']) {
    test(`is none as ${text}`, () => assert.throws(() => withMembers(text, []), RpcMessageError));
  }
});
