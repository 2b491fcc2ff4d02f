import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpuMs } from '../../sidecar/process/process-usage.ts';

const isCountedFinely = existsSync('/proc/self/schedstat');

/**
 * The CPU time of a process since it started, all threads that live, in microseconds; 0 once it is gone. The scheduler counts it in
 * nanoseconds; where the kernel does not show that, it is counted in steps of 10 ms.
 */
export function cpuTimeUs(pid: number): number {
  if (!isCountedFinely) return (cpuMs(pid) ?? 0) * 1_000;
  return threadsOf(pid).reduce((total, thread) => total + threadUs(pid, thread), 0);
}

/** The first field of `schedstat` is the time on a CPU, in nanoseconds. */
function threadUs(pid: number, thread: string): number {
  try {
    const [runNs = ''] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ');
    return Number(runNs) / 1_000;
  } catch {
    return 0;
  }
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}
