import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Machine, thisMachine } from '../machine.ts';
import type { Clock, RatioBaseline } from './gate-ratio.ts';

/** The ratios of a good run, as they are committed. */
export interface Baseline {
  readonly machine: Machine;
  readonly ratios: Readonly<Record<string, Readonly<Record<Clock, RatioBaseline>>>>;
}

const file = join(import.meta.dirname, '..', 'baseline.json');

/** Margins: what differs between machines and between good runs. Elapsed time differs more, so only what is gross shows there. */
export const margins: Readonly<Record<Clock, number>> = { cpu: 0.2, elapsed: 0.4 };

/** The committed baseline. */
export async function readBaseline(): Promise<Baseline> {
  return JSON.parse(await readFile(file, 'utf8'));
}

/** Replaces it by the medians of a run on this machine. */
export async function writeBaseline(
  medians: readonly { name: string; clock: Clock; median: number }[],
): Promise<void> {
  const ratios: Record<string, Record<Clock, RatioBaseline>> = {};
  for (const { name, clock, median } of medians) {
    const before = ratios[name] ?? { cpu: none, elapsed: none };
    ratios[name] = { ...before, [clock]: { ratio: Number(median.toPrecision(3)), margin: margins[clock] } };
  }
  await writeFile(file, `${JSON.stringify({ machine: thisMachine(), ratios }, null, 2)}\n`);
}

const none: RatioBaseline = { ratio: Number.NaN, margin: 0 };
