import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Waits until a process is gone. */
export async function gone(pid: number): Promise<void> {
  while ((await commandLine(pid)) !== '') await delay(checkMs);
}

/** The process ids of a process's children. */
export async function childrenOf(parent: number | undefined): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(pids.map(parentOf));
  return pids.filter((_, index) => parents[index] === parent);
}

/** The first child whose command line holds `text` and that is none of those `gone`, if there is one. */
export async function childRunning(
  parent: number | undefined,
  text: string,
  gone: readonly number[] = [],
): Promise<number | undefined> {
  for (const pid of await childrenOf(parent)) {
    if (!gone.includes(pid) && (await commandLine(pid)).includes(text)) return pid;
  }
  return undefined;
}

/** There is no event for what /proc shows. */
const checkMs = 10;

async function parentOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Empty for a process that is gone, and for one that is dead and not yet waited for. */
function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
}
