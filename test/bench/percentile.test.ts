import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentile } from './percentile.ts';

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

test('a percentile is the smallest sample that the share of all samples does not exceed', () => {
  assert.equal(percentile(hundred, 0.5), 50);
  assert.equal(percentile(hundred, 0.99), 99);
  assert.equal(percentile(hundred, 1), 100);
  assert.equal(percentile([7], 0.99), 7);
  assert.equal(percentile([100, 9, 20], 0.5), 20);
});

test('no samples have no percentile', () => {
  assert.throws(() => percentile([], 0.5), /no samples/);
});
