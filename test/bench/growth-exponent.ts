/** What something takes when there are so many of a thing. */
export interface GrowthPoint {
  readonly count: number;
  readonly value: number;
}

/**
 * The power of the count that the values grow with: 0 is flat, 1 is linear, 2 is quadratic. The slope of the straight line
 * through the logarithms, by least squares. Throws when there are fewer than two counts.
 */
export function growthExponent(points: readonly GrowthPoint[]): number {
  const xs = points.map(({ count }) => Math.log(count));
  const ys = points.map(({ value }) => Math.log(value));
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const spread = sum(xs.map((x) => (x - meanX) ** 2));
  if (!(spread > 0)) throw new Error('a growth needs two counts at least');
  return sum(xs.map((x, index) => (x - meanX) * ((ys[index] ?? 0) - meanY))) / spread;
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
