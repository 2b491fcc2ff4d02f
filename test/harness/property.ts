import type { TestContext } from 'node:test';
import fc, { type IRawProperty } from 'fast-check';

/** Where every run of the properties begins, so that CI says the same twice. Another one: `SLUICE_SEED=7 npm test`. */
export const seed = Number(process.env.SLUICE_SEED ?? 20_261_122);

/**
 * Holds when a property is true of so many generated cases. Says the seed either way; a counterexample comes with the
 * path that leads to it.
 */
export async function holds<T>(
  test: Pick<TestContext, 'diagnostic'>,
  property: IRawProperty<T>,
  runs = 500,
): Promise<void> {
  test.diagnostic(`seed ${seed}, ${runs} cases`);
  await fc.assert(property, { seed, numRuns: runs });
}
