import { percentile } from '../percentile.ts';
import { writeBaseline } from './baseline.ts';
import { gateGroups } from './gate-groups.ts';
import type { Clock } from './gate-ratio.ts';
import { ratioInterval } from './ratio-interval.ts';
import { measureRatios } from './run-gate.ts';

/** Runs of each group: processes differ from start to start, and the middle of them is kept. */
const runs = 3;

/** Measures all ratios and makes them the baseline. */
export async function updateBaseline(): Promise<void> {
  const medians: { name: string; clock: Clock; median: number }[] = [];
  for (const group of gateGroups) {
    const measured = [];
    while (measured.length < runs) measured.push(await measureRatios(group, { sidecarNodeOptions: [] }));
    for (const { name, clock } of measured[0]?.samples ?? []) {
      const ofRuns = measured.flatMap(({ samples }) =>
        samples
          .filter((each) => each.name === name && each.clock === clock)
          .map(({ pairs }) => ratioInterval(pairs).ratio),
      );
      medians.push({ name, clock, median: percentile(ofRuns, 0.5) });
    }
  }
  await writeBaseline(medians);
}
