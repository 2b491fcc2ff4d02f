import { thisMachine } from '../bench/machine.ts';
import { markdownTable } from '../bench/markdown-table.ts';
import type { Usage } from './process-watch.ts';
import type { SoakTally } from './soak-tally.ts';

/** What was seen of the sidecar's processes. */
export interface SoakFacts {
  readonly minutes: number;
  readonly seed: number;
  /** At rest, after the warm-up. */
  readonly start: Usage;
  /** At rest, after the load. */
  readonly end: Usage;
  readonly peakBytes: number;
  /** Guard processes that the soak killed. */
  readonly kills: number;
  /** Times that the sound guests were replaced. */
  readonly versions: number;
  readonly leaked: number;
}

/** The tables at the end of a soak, as Markdown. */
export function soakReport(tally: SoakTally, facts: SoakFacts): string {
  const { cores, cpuModel, system, node } = thisMachine();
  return [
    `${facts.minutes} min, seed ${facts.seed}; ${cores} × ${cpuModel}, ${system}, Node ${node}.`,
    markdownTable(['', 'count'], rows(tally, facts)),
    markdownTable(['questions to hostile guests ended in', 'count'], counts(tally.hostileEnds)),
    ...(tally.lost.size > 0 ? [markdownTable(['lost', 'count'], counts(tally.lost))] : []),
  ].join('\n\n');
}

function rows(tally: SoakTally, { start, end, peakBytes, kills, versions, leaked }: SoakFacts): string[][] {
  return [
    ['questions to sound guests', String(tally.calls)],
    ['answered with their labels', String(tally.answered)],
    ['asked again after UNAVAILABLE', String(tally.askedAgain)],
    ['lost their process twice (PROCESS_LOST)', String(tally.processLost)],
    ['lost', String(tally.lostCount)],
    ['cut off by their client', String(tally.cutOff)],
    ['questions to hostile guests', String(tally.hostileCalls)],
    ['faults of the sidecar (INTERNAL)', String(tally.internal)],
    ['guard processes killed from outside', String(kills)],
    ['reloads', String(versions)],
    ['leaked processes', String(leaked)],
    ['resident memory of the sidecar: start, MiB', mebibytes(start.residentBytes)],
    ['peak, MiB', mebibytes(peakBytes)],
    ['end, MiB', mebibytes(end.residentBytes)],
    ['open descriptors of the sidecar: start', String(start.descriptors)],
    ['end', String(end.descriptors)],
  ];
}

function counts(map: ReadonlyMap<string, number>): string[][] {
  return [...map].sort(([, a], [, b]) => b - a).map(([what, count]) => [what, String(count)]);
}

function mebibytes(bytes: number): string {
  return (bytes / 1_024 / 1_024).toFixed(0);
}
