import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isInputRequired, toModernResult } from '../../../gateway/modern/result-fields.ts';

suite('a result asks for input', () => {
  test('where its type says so, however it is spelled', () => {
    assert.equal(isInputRequired('{"inputRequests":{}, "resultType" : "input_required"}'), true);
    assert.equal(isInputRequired('{"result\\u0054ype":"input\\u005frequired"}'), true);
  });

  for (const result of [
    '{}',
    '{"resultType":"complete"}',
    '{"resultType":1}',
    '{"a":{"resultType":"input_required"}}',
  ]) {
    test(`not where it is ${result}`, () => assert.equal(isInputRequired(result), false));
  }
});

suite('a legacy server’s result, for a modern client', () => {
  test('is complete, and keeps its values', () => {
    assert.equal(toModernResult('tools/call', '{ "n":1.0 }'), '{"n":1.0,"resultType":"complete"}');
  });

  for (const method of [
    'tools/list',
    'prompts/list',
    'resources/list',
    'resources/templates/list',
    'resources/read',
  ]) {
    test(`of ${method} is stale at once, and for nobody else`, () => {
      assert.equal(
        toModernResult(method, '{}'),
        '{"resultType":"complete","ttlMs":0,"cacheScope":"private"}',
      );
    });
  }

  test('keeps what it says already', () => {
    const result = '{"ttlMs":5,"resultType":"x","cacheScope":"public" }';
    assert.equal(toModernResult('tools/list', result), result);
  });
});
