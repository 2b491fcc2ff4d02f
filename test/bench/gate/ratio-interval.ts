import { seeded } from '../../harness/seeded.ts';
import { percentile } from '../percentile.ts';

/** What a subject cost in one round, and what it is held against in the same. */
export interface RoundPair {
  readonly of: number;
  readonly against: number;
}

/** A ratio, and between which values it lies. */
export interface Interval {
  readonly low: number;
  readonly ratio: number;
  readonly high: number;
}

/** How often the rounds are drawn again: the bounds move by less than 1 % from one seed to another. */
const resamples = 1_000;
/** Other work on the machine makes calls dearer, never cheaper: the lower quartile is closer to what they cost by themselves. */
const share = 0.25;

/**
 * The ratio of the two lower quartiles and its 98 % interval, by the bootstrap: whole rounds are drawn, and no shape of the noise is
 * assumed. The same rounds give the same interval. Throws when there are none.
 */
export function ratioInterval(rounds: readonly RoundPair[]): Interval {
  const next = seeded(rounds.length);
  const drawn = () => rounds.map((round) => rounds[Math.floor(next() * rounds.length)] ?? round);
  const ratios = Array.from({ length: resamples }, () => quartileRatio(drawn()));
  return { low: percentile(ratios, 0.01), ratio: quartileRatio(rounds), high: percentile(ratios, 0.99) };
}

function quartileRatio(rounds: readonly RoundPair[]): number {
  const quartile = (cost: keyof RoundPair) =>
    percentile(
      rounds.map((round) => round[cost]),
      share,
    );
  return quartile('of') / quartile('against');
}
