/** What many sessions and many labelings at once cost: `node test/bench/main.ts --many`. */
import { type Machine, thisMachine } from './machine.ts';
import { type ManyInSequence, measureManyInSequence } from './many-in-sequence.ts';
import { type ManySessions, measureManySessions } from './many-sessions.ts';
import { type ManySuspended, measureManySuspended, suspendedLimits } from './many-suspended.ts';
import { markdownTable } from './markdown-table.ts';
import type { MemoryUse } from './memory-use.ts';

/** Everything that one run has measured. */
export interface ManyFigures {
  readonly machine: Machine;
  readonly sessions: readonly ManySessions[];
  readonly suspended: ManySuspended;
  readonly inSequence: ManyInSequence;
}

/** Measures 1,000 sessions on one guard, 1,000 labelings suspended at once, and 10,000 sessions in sequence. */
export async function measureMany(): Promise<ManyFigures> {
  const machine = thisMachine();
  return {
    machine,
    sessions: await measureManySessions(1_000),
    suspended: await measureManySuspended(1_000),
    inSequence: await measureManyInSequence(10_000),
  };
}

/** The figures as Markdown, ready for a document. */
export function manyReport({ machine, sessions, suspended, inSequence }: ManyFigures): string {
  const { cores, cpuModel, system, node, loadAtStart } = machine;
  return [
    `${cores} × ${cpuModel}, ${system}, Node ${node}, load average ${loadAtStart.toFixed(2)} at the start. Memory: resident MiB of the sidecar / of the guard process / GiB of addresses of the guard process.`,
    `### ${sessions[0]?.sessions} sessions open on one guard`,
    sessionsTable(sessions),
    `### ${suspended.labelings} labelings suspended in call_backend at once, in one guard process`,
    `Limits: ${Object.entries(suspendedLimits)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}.`,
    suspendedTable(suspended),
    `### ${inSequence.sessions} sessions in sequence: open, ask, close`,
    sequenceTable(inSequence),
    `One takes ${inSequence.sessionMs.toFixed(2)} ms.`,
  ].join('\n\n');
}

function sessionsTable(measured: readonly ManySessions[]): string {
  const rows = measured.map((each) => [
    each.guard,
    ...[each.before, each.allOpen, each.allAsked].map(all),
    ...[each.aloneUs, each.amongAllUs, each.primedAgainUs].map((us) => us.toFixed(0)),
  ]);
  const memory = ['one open', 'all open', 'each asked once'];
  const times = ['one question, µs: one open', 'all open, the same again', 'all open, each in turn'];
  return markdownTable(['guard', ...memory, ...times], rows);
}

function suspendedTable({ before, suspended, after, suspendMs, answerMs }: ManySuspended): string {
  const row = ['memory', ...[before, suspended, after].map(all), suspendMs.toFixed(0), answerMs.toFixed(0)];
  const columns = ['', 'before', 'suspended', 'after', 'until all wait, ms', 'until all are answered, ms'];
  return markdownTable(columns, [row]);
}

function sequenceTable({ sessions, memory }: ManyInSequence): string {
  const step = sessions / (memory.length - 1);
  return markdownTable(
    ['sessions so far', ...memory.map((_, index) => String(Math.round(index * step)))],
    [['memory', ...memory.map(all)]],
  );
}

function all({ sidecarMiB, guardProcessMiB, addressesGiB }: MemoryUse): string {
  return `${sidecarMiB.toFixed(0)} / ${guardProcessMiB.toFixed(0)} / ${addressesGiB.toFixed(0)}`;
}
