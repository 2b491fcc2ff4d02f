import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ratioInterval } from './ratio-interval.ts';

const rounds = (of: readonly number[], against: readonly number[] = of.map(() => 1)) =>
  of.map((cost, round) => ({ of: cost, against: against[round] ?? 1 }));

test('rounds that are all the same leave no doubt', () => {
  assert.deepEqual(ratioInterval(rounds([2, 2, 2, 2])), { low: 2, ratio: 2, high: 2 });
});

test('the same rounds give the same interval', () => {
  const some = rounds([1.1, 1.4, 0.9, 1.2, 1.0, 1.3]);
  assert.deepEqual(ratioInterval(some), ratioInterval(some));
});

test('the ratio is that of the lower quartiles, and the interval is around it', () => {
  const { low, ratio, high } = ratioInterval(
    rounds([50, 10, 40, 20, 30, 90, 70, 80], [1, 2, 3, 4, 5, 6, 7, 8]),
  );
  assert.equal(ratio, 20 / 2);
  assert.ok(low < ratio && ratio < high, `${low} to ${high}`);
});

test('rounds that something else made dearer do not move it', () => {
  const steady = Array.from({ length: 40 }, (_, index) => 1 + (index % 5) / 100);
  const { low, high } = ratioInterval(rounds([...steady, 50, 80, 100]));
  assert.ok(low >= 1 && high <= 1.04, `${low} to ${high}`);
});

test('more rounds of the same kind narrow it', () => {
  const cycle = (length: number) => rounds(Array.from({ length }, (_, index) => 1 + ((index * 7) % 11) / 10));
  const width = ({ low, high }: { low: number; high: number }) => high - low;
  assert.ok(width(ratioInterval(cycle(110))) < width(ratioInterval(cycle(11))));
});

test('there is no ratio of nothing', () => {
  assert.throws(() => ratioInterval([]), /no samples/);
});
