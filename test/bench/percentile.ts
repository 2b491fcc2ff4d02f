/** The value that `share` (0 to 1) of the samples do not exceed (nearest rank). Throws when there are no samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).sort();
  const value = sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)];
  if (value === undefined) throw new Error('a percentile of no samples');
  return value;
}
