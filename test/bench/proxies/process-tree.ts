import { readdirSync, readFileSync } from 'node:fs';
import { cpuMs } from '../../../sidecar/process/process-usage.ts';

/** What processes below a proxy are. */
export type Role = 'proxy' | 'sidecar' | 'server';

/** CPU time since each process started, by what it is, in milliseconds. */
export type TreeCpu = Readonly<Record<Role, number>>;

/** Of no process at all. */
export const noCpu: TreeCpu = { proxy: 0, sidecar: 0, server: 0 };

/**
 * The CPU time of a process and of all that it has started and that lives: `proxy` is the process itself and what is
 * nothing else, `sidecar` the sidecar with its guard processes, `server` the MCP server behind the proxy.
 */
export function treeCpu(root: number): TreeCpu {
  const parents = parentsOfAll();
  const total = { ...noCpu };
  const add = (pid: number, above: Role): void => {
    const role = roleOf(pid, above);
    total[role] += cpuMs(pid) ?? 0;
    for (const [child, parent] of parents) if (parent === pid) add(child, role);
  };
  add(root, 'proxy');
  return total;
}

/** Processes below a sidecar are its guards'. A shell that has started a server is known by its command line, too. */
function roleOf(pid: number, above: Role): Role {
  if (above !== 'proxy') return above;
  const line = read(`/proc/${pid}/cmdline`);
  if (line.includes('/sidecar/main.ts')) return 'sidecar';
  return isServer(line) ? 'server' : 'proxy';
}

/** A proxy names the server on its own command line: there it is not the program that runs. */
function isServer(line: string): boolean {
  const [, program = '', ...args] = line.split('\0');
  return (
    /fast-(stdio|http)-server\.ts$/.test(program) ||
    (program === '-c' && args.join(' ').includes('fast-stdio'))
  );
}

function parentsOfAll(): ReadonlyMap<number, number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(pids.map((pid) => [Number(pid), parentOf(pid)]));
}

function parentOf(pid: string): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
