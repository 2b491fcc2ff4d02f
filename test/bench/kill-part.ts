/** What a guard costs its callers that loops, and one whose process is killed. */
import type { Aim } from './aim.ts';
import { type HostileLoop, measureHostileLoop, type Spread } from './hostile-loop.ts';
import { measureKilledProcess } from './killed-process.ts';
import { markdownTable } from './markdown-table.ts';
import type { Amount, Part } from './part.ts';

const amounts = { thorough: { rounds: 20, maxMs: 20_000 }, quick: { rounds: 3, maxMs: 1_500 } };

/** A hostile loop is dead, and its caller answered, this long after its deadline (issue 2), in milliseconds. */
const deadAimMs = 50;
/** The next call to its guard is answered this long after that (issue 2), in milliseconds. */
const nextAimMs = 20;

/** Kills guards, again and again. */
export async function measureKill(amount: Amount): Promise<Part> {
  const loop = await measureHostileLoop(amounts[amount]);
  const killed = await measureKilledProcess(amounts[amount]);
  const text = killTable(loop, killed);
  const heading = 'From the end of a guard to the next answer, ms';
  return {
    figures: { loop, killed },
    text: `### ${heading}\n\n${text}`,
    summary: `${heading}.\n\n${text}`,
    aims: killAims(loop),
  };
}

function killTable({ dead, answered, next }: HostileLoop, killed: Spread): string {
  const row = (what: string, { p50Ms, maxMs }: Spread) => [what, p50Ms.toFixed(1), maxMs.toFixed(1)];
  return markdownTable(
    ['', 'p50', 'max'],
    [
      row('a loop: its process dead, after the deadline', dead),
      row('a loop: its caller answered, after the deadline', answered),
      row('a loop: the next call to the guard answered, after both', next),
      row('a process that somebody kills: its session answered again', killed),
    ],
  );
}

function killAims({ dead, answered, next }: HostileLoop): Aim[] {
  const aim = (what: string, { maxMs }: Spread, most: number): Aim => {
    return {
      what: `${what}, max, ms`,
      aim: `at most ${most}`,
      measured: maxMs.toFixed(1),
      isMet: maxMs <= most,
    };
  };
  return [
    aim('a guard that loops is dead, after its deadline', dead, deadAimMs),
    aim('its caller is answered, after the deadline', answered, deadAimMs),
    aim('the next call to it is answered, after both', next, nextAimMs),
  ];
}
