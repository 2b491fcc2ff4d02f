import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { scanJson } from '../../../gateway/response/json-scanner.ts';
import { inferSchema } from '../../../gateway/shaping/infer-schema.ts';

const schemaOf = (value: unknown) => inferSchema(scanJson(JSON.stringify(value)));

suite('the skeleton of a value', () => {
  test('has the name of a type for each value, and the first element of each array', () => {
    const value = {
      name: 'x',
      n: 1.5,
      yes: true,
      no: false,
      nil: null,
      list: [{ id: 1 }, { id: 'a', b: 2 }],
      empty: [],
    };
    assert.deepEqual(schemaOf(value), {
      name: 'string',
      n: 'number',
      yes: 'boolean',
      no: 'boolean',
      nil: 'null',
      list: [{ id: 'number' }],
      empty: [],
    });
  });

  test('is small, however many names there are', () => {
    const wide = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, index) => [`name-${index}`, { a: [1] }]),
    );
    assert.ok(JSON.stringify(schemaOf(wide)).length < 32_000);
    const long = { ['x'.repeat(100_000)]: 1 };
    assert.deepEqual(schemaOf(long), {});
  });

  test('names what is too deep to be shown', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 999; level++) deep = level % 2 === 0 ? [deep] : { a: deep };
    assert.ok(JSON.stringify(schemaOf(deep)).length < 32_000);
  });

  test('keeps names that are special in JavaScript', () => {
    const tape = scanJson('{"__proto__":1}');
    assert.equal(JSON.stringify(inferSchema(tape)), '{"__proto__":"number"}');
  });
});
