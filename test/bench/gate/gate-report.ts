import { markdownTable } from '../markdown-table.ts';
import type { JudgedRatio } from './gate-ratio.ts';
import type { GateResult } from './run-gate.ts';

/** What became of a group's ratios, as Markdown. */
export function gateReport({ group, rounds, othersShare, ratios }: GateResult): string {
  const rows = ratios.map(({ name, clock, baseline, limit, low, ratio, high, verdict }) => [
    name,
    clock,
    ...[baseline, limit, low, ratio, high].map((value) => value.toFixed(2)),
    verdict,
  ]);
  const heading = `${group}: ${rounds} rounds, ${(othersShare * 100).toFixed(0)} % of the machine was others'.`;
  return [
    heading,
    markdownTable(['ratio', 'of', 'baseline', 'limit', 'low', 'ratio', 'high', 'verdict'], rows),
    ...loud(ratios),
  ].join('\n\n');
}

/** What was not judged is never silent. */
function loud(ratios: readonly JudgedRatio[]): string[] {
  const names = (verdict: JudgedRatio['verdict']) =>
    ratios.filter((each) => each.verdict === verdict).map(({ name, clock }) => `${name} (${clock})`);
  const [unclear, unjudged] = [names('unclear'), names('unjudged')];
  return [
    ...(unclear.length > 0 ? [`UNCLEAR, because of noise: ${unclear.join('; ')}.`] : []),
    ...(unjudged.length > 0
      ? [`NOT JUDGED, because others kept the machine busy: ${unjudged.join('; ')}.`]
      : []),
  ];
}
