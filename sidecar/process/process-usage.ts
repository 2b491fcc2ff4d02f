import { readFileSync } from 'node:fs';

/** Linux counts a process's time in these; `getconf CLK_TCK` is 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;
const pageBytes = 4096;

/** CPU time of a process since it started, user and system, all threads, in milliseconds. Nothing once it is gone. */
export function cpuMs(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The second field is the program's name, which may hold spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined) return undefined;
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** Resident memory of a process in bytes. Nothing once it is gone. */
export function residentBytes(pid: number): number | undefined {
  const pages = read(`/proc/${pid}/statm`)?.split(' ')[1];
  return pages === undefined ? undefined : Number(pages) * pageBytes;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
