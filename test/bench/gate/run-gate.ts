import type { Baseline } from './baseline.ts';
import type { GateGroup, GateRatio, GateSetup } from './gate-group.ts';
import { type Clock, type JudgedRatio, judgeRatio } from './gate-ratio.ts';
import { type GateSubject, type RoundCost, roundCost, warmUp } from './gate-subject.ts';
import { OthersShare } from './others-share.ts';
import type { RoundPair } from './ratio-interval.ts';

/** How long one attempt measures, in milliseconds. */
const measureMs = 4_000;
/** Fewer would say nothing about noise; no attempt measures longer than so many. */
const rounds = { least: 12, most: 150 };
/** Above this share of the machine for others, elapsed time says more about them than about us. */
const quietShare = 0.15;
/** A verdict that is no `holds` is asked for again, in processes that are new. */
const attempts = 2;

/** What one group came to. */
export interface GateResult {
  readonly group: string;
  readonly rounds: number;
  /** The share of the machine that others had. */
  readonly othersShare: number;
  readonly ratios: readonly JudgedRatio[];
}

/** Holds a group's ratios against the baseline. A ratio has regressed only if each attempt says so. */
export async function runGate(
  group: GateGroup,
  baseline: Baseline,
  setup: GateSetup = { sidecarNodeOptions: [] },
): Promise<GateResult[]> {
  const results: GateResult[] = [];
  while (results.length < attempts) {
    const result = await attempt(group, baseline, setup);
    results.push(result);
    if (result.ratios.every(({ verdict }) => verdict === 'holds' || verdict === 'unjudged')) break;
  }
  return results;
}

/** The ratios that regressed in each attempt, as of the last one. */
export function regressions(results: readonly GateResult[]): JudgedRatio[] {
  const regressedIn = (result: GateResult, { name, clock }: JudgedRatio) =>
    result.ratios.some((each) => each.name === name && each.clock === clock && each.verdict === 'regressed');
  return (results.at(-1)?.ratios ?? []).filter((ratio) =>
    results.every((result) => regressedIn(result, ratio)),
  );
}

/** Whether noise left nothing to say in the last attempt: then the gate has not run. */
export function isHopeless(results: readonly GateResult[]): boolean {
  const verdicts = results.at(-1)?.ratios.map(({ verdict }) => verdict) ?? [];
  return verdicts.every((verdict) => verdict === 'unclear' || verdict === 'unjudged');
}

/** What was measured in each round of one attempt. */
export interface MeasuredRatios {
  readonly rounds: number;
  readonly othersShare: number;
  readonly samples: readonly {
    readonly name: string;
    readonly clock: Clock;
    readonly wideningByOthers: number;
    readonly pairs: readonly RoundPair[];
  }[];
}

/** Starts the group's subjects and measures them in turns. */
export async function measureRatios(group: GateGroup, setup: GateSetup): Promise<MeasuredRatios> {
  await using parts = new AsyncDisposableStack();
  const subjects = await group.start(parts, setup);
  for (const subject of subjects) await warmUp(subject);
  const others = new OthersShare([...new Set(subjects.flatMap(({ pids }) => pids))]);
  const costs = await turns(subjects, { ms: measureMs, ...rounds });
  const clocks: readonly Clock[] = ['cpu', 'elapsed'];
  const samples = group.ratios.flatMap((ratio) =>
    clocks.map((clock) => ({
      name: ratio.name,
      wideningByOthers: ratio.wideningByOthers,
      clock,
      pairs: costs.map((round) => pairOf(ratio, round, clock)),
    })),
  );
  return { rounds: costs.length, othersShare: others.share, samples };
}

async function attempt(group: GateGroup, baseline: Baseline, setup: GateSetup): Promise<GateResult> {
  const { samples, othersShare, rounds: count } = await measureRatios(group, setup);
  const ratios = samples.map(({ name, clock, wideningByOthers, pairs }): JudgedRatio => {
    const known = baseline.ratios[name]?.[clock];
    if (known === undefined) throw new Error(`the baseline has no "${name}": update it with --gate --update`);
    const margin = known.margin + wideningByOthers * othersShare;
    const judged = judgeRatio(pairs, { ...known, margin });
    const isJudged = clock === 'cpu' || othersShare <= quietShare;
    const verdict = isJudged ? judged.verdict : 'unjudged';
    return { name, clock, baseline: known.ratio, ...judged, verdict };
  });
  return { group: group.name, rounds: count, othersShare, ratios };
}

type Costs = ReadonlyMap<string, RoundCost>;

/** Rounds in which each subject has its turn, in a turning order. */
async function turns(
  subjects: readonly GateSubject[],
  { ms, least, most }: { ms: number; least: number; most: number },
): Promise<Costs[]> {
  const costs: Costs[] = [];
  const end = performance.now() + ms;
  while (costs.length < most && (costs.length < least || performance.now() < end)) {
    const first = costs.length % subjects.length;
    const round = new Map<string, RoundCost>();
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)])
      round.set(subject.name, await roundCost(subject));
    costs.push(round);
  }
  return costs;
}

function pairOf({ name, of, against }: GateRatio, round: Costs, clock: Clock): RoundPair {
  const cost = (subject: string) => {
    const found = round.get(subject);
    if (found === undefined) throw new Error(`${name} needs ${subject}, which was not measured`);
    return found[clock];
  };
  return { of: cost(of), against: against.reduce((total, subject) => total + cost(subject), 0) };
}
