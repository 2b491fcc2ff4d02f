/** What a sidecar needs of memory: with its guards, and for each session and suspended labeling. */
import { measureManySessions } from './many-sessions.ts';
import { measureManySuspended } from './many-suspended.ts';
import { markdownTable } from './markdown-table.ts';
import { type MemoryUse, sharedFairlyMiB } from './memory-use.ts';
import type { Amount, Part } from './part.ts';
import { tellingOfProcesses, trackerSidecar } from './tracker-sidecar.ts';

const amounts = {
  thorough: { guards: [0, 1, 10], many: 1_000 },
  quick: { guards: [0, 1], many: 100 },
};

interface GuardsMemory {
  readonly guards: number;
  readonly processes: number;
  /** MiB of the sidecar, with its fair part of what processes share. */
  readonly sidecarMiB: number;
  /** The same of all guard processes together. */
  readonly guardProcessesMiB: number;
}

/** Looks at memory after each guard has its process and its spare. */
export async function measureMemory(amount: Amount): Promise<Part> {
  const { guards, many } = amounts[amount];
  const byGuards: GuardsMemory[] = [];
  for (const count of guards) byGuards.push(await memoryWith(count));
  const [rules] = await measureManySessions(many);
  const suspended = await measureManySuspended(many);
  const each = [
    ['session that was asked once', kibibytesEach(rules?.before, rules?.allAsked, many)],
    ['suspended labeling', kibibytesEach(suspended.before, suspended.suspended, many)],
  ] as const;
  const text = [guardsTable(byGuards), eachTable(each, many)].join('\n\n');
  const figures = { byGuards, sessions: rules, suspended };
  return { figures, text: `### Memory\n\n${text}`, summary: `Memory.\n\n${text}`, aims: [] };
}

async function memoryWith(guards: number): Promise<GuardsMemory> {
  await using sidecar = await trackerSidecar({ logs: tellingOfProcesses }, guards);
  const pids = await sidecar.hasReadyProcesses(2 * guards);
  return {
    guards,
    processes: pids.length,
    sidecarMiB: sharedFairlyMiB(sidecar.child.pid ?? 0),
    guardProcessesMiB: pids.reduce((total, pid) => total + sharedFairlyMiB(pid), 0),
  };
}

interface Each {
  readonly sidecarKiB: number;
  readonly guardProcessKiB: number;
}

function kibibytesEach(before: MemoryUse | undefined, after: MemoryUse | undefined, count: number): Each {
  if (before === undefined || after === undefined) throw new Error('no sessions were measured');
  const each = (more: number) => (more * 1_024) / count;
  return {
    sidecarKiB: each(after.sidecarMiB - before.sidecarMiB),
    guardProcessKiB: each(after.guardProcessMiB - before.guardProcessMiB),
  };
}

function guardsTable(byGuards: readonly GuardsMemory[]): string {
  const rows = byGuards.map(({ guards, processes, sidecarMiB, guardProcessesMiB }) => [
    `sidecar with ${guards} ${guards === 1 ? 'guard' : 'guards'}`,
    sidecarMiB.toFixed(0),
    guardProcessesMiB.toFixed(0),
    String(processes),
  ]);
  return markdownTable(['', 'sidecar, MiB', 'guard processes, MiB', 'processes, spares included'], rows);
}

function eachTable(each: readonly (readonly [string, Each])[], many: number): string {
  const rows = each.map(([what, { sidecarKiB, guardProcessKiB }]) => [
    `each ${what}, of ${many}`,
    sidecarKiB.toFixed(0),
    guardProcessKiB.toFixed(0),
  ]);
  return markdownTable(['', 'sidecar, KiB', 'guard process, KiB'], rows);
}
