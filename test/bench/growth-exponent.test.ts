import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growthExponent } from './growth-exponent.ts';

const at = (values: readonly (readonly [number, number])[]) =>
  growthExponent(values.map(([count, value]) => ({ count, value })));

test('what stays as it is has the exponent 0', () => {
  assert.equal(
    at([
      [1, 300],
      [100, 300],
      [10_000, 300],
    ]),
    0,
  );
});

test('what grows with the count has the exponent 1, with its square 2', () => {
  assert.ok(
    Math.abs(
      at([
        [10, 5],
        [100, 50],
        [1_000, 500],
      ]) - 1,
    ) < 1e-12,
  );
  assert.ok(
    Math.abs(
      at([
        [1, 3],
        [10, 300],
        [100, 30_000],
      ]) - 2,
    ) < 1e-12,
  );
});

test('a fixed part beside a linear one is below 1', () => {
  const exponent = at([
    [10, 110],
    [100, 200],
    [1_000, 1_100],
  ]);
  assert.ok(exponent > 0.45 && exponent < 0.55, `${exponent}`);
});

test('one count is no growth', () => {
  assert.throws(
    () =>
      at([
        [10, 1],
        [10, 2],
      ]),
    /two counts/,
  );
});
