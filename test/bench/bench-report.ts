import { type Aim, aimRows } from './aim.ts';
import type { Machine } from './machine.ts';
import { markdownTable } from './markdown-table.ts';
import type { Part } from './part.ts';
import { unrest } from './unrest.ts';

/** One run of the bench. */
export interface BenchRun {
  readonly machine: Machine;
  /** The load average of the last minute, as the run ends: the bench itself keeps two cores busy. */
  readonly loadAtEnd: number;
  readonly tookMs: number;
  /** By their names, in their order. */
  readonly parts: Readonly<Record<string, Part>>;
}

/** The whole run as Markdown. */
export function benchReport(run: BenchRun): string {
  const parts = Object.values(run.parts);
  return [machineLines(run), aimTable(parts), ...parts.map(({ text }) => text), tookLine(run)].join('\n\n');
}

/** What of it the README shows. */
export function benchSummary(run: BenchRun): string {
  const parts = Object.values(run.parts);
  return [machineLines(run), aimTable(parts), ...parts.map(({ summary }) => summary)].join('\n\n');
}

function machineLines({ machine, loadAtEnd }: BenchRun): string {
  const { cores, cpuModel, system, node, loadAtStart, packages } = machine;
  const loads = `load average ${loadAtStart.toFixed(2)} at the start, ${loadAtEnd.toFixed(2)} at the end`;
  const reason = unrest(machine);
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return [
    `${cores} × ${cpuModel}, ${system}, Node ${node}, ${versions.join(', ')}, ${loads}.`,
    ...(reason === undefined ? [] : [`**Take care**: ${reason}.`]),
  ].join('\n');
}

function aimTable(parts: readonly Part[]): string {
  const aims: readonly Aim[] = parts.flatMap((part) => part.aims);
  return aims.length === 0 ? '' : markdownTable(['what was aimed for', 'measured', 'aim', ''], aimRows(aims));
}

function tookLine({ tookMs }: BenchRun): string {
  return `The run took ${(tookMs / 1_000).toFixed(0)} s.`;
}
