import { type Interval, type RoundPair, ratioInterval } from './ratio-interval.ts';

/** What a ratio is of: time on CPUs, or time that passes. */
export type Clock = 'cpu' | 'elapsed';

/** A ratio of one run, as the baseline keeps it. */
export interface RatioBaseline {
  readonly ratio: number;
  /** How much of the ratio may be added before it is a regression: what differs between good runs. */
  readonly margin: number;
}

/** One ratio against its baseline. */
export interface JudgedRatio extends Interval {
  readonly name: string;
  readonly clock: Clock;
  readonly baseline: number;
  /** What it must not exceed. */
  readonly limit: number;
  readonly verdict: Verdict;
}

/** `unclear`: the noise of this run hides on which side of the limit it is. `unjudged`: the machine had too much other work. */
export type Verdict = 'holds' | 'regressed' | 'unclear' | 'unjudged';

/** The verdict for the rounds: a regression only where no noise explains it. */
export function judgeRatio(
  rounds: readonly RoundPair[],
  baseline: RatioBaseline,
): Interval & { limit: number; verdict: Verdict } {
  const interval = ratioInterval(rounds);
  const limit = baseline.ratio * (1 + baseline.margin);
  if (interval.low > limit) return { ...interval, limit, verdict: 'regressed' };
  return { ...interval, limit, verdict: interval.high <= limit ? 'holds' : 'unclear' };
}
