import { readFileSync } from 'node:fs';
import { residentBytes } from '../../sidecar/process/process-usage.ts';
import type { RunningSidecar } from '../harness/running-sidecar.ts';

/** What processes use at one moment. */
export interface MemoryUse {
  /** Resident memory of the sidecar, in MiB. */
  readonly sidecarMiB: number;
  /** Resident memory of the guard process that uses most, in MiB; a spare does nothing. */
  readonly guardProcessMiB: number;
  /** Addresses of the guard process that has most, in GiB: each memory of an instance reserves 8 to 10 of them. */
  readonly addressesGiB: number;
}

const pageBytes = 4_096;

/** What a sidecar with one guard uses now. */
export async function memoryUse(sidecar: RunningSidecar): Promise<MemoryUse> {
  const mebibytes = (pid: number) => (residentBytes(pid) ?? 0) / 1_024 ** 2;
  const pids = await sidecar.guardProcesses();
  return {
    sidecarMiB: mebibytes(sidecar.child.pid ?? 0),
    guardProcessMiB: Math.max(...pids.map(mebibytes)),
    addressesGiB: Math.max(...pids.map(addressesGiB)),
  };
}

/** Resident memory of a process in MiB, its part of what it shares with others divided among them; all of it where the kernel does not say. */
export function sharedFairlyMiB(pid: number): number {
  const kibibytes = /^Pss:\s+(\d+) kB/m.exec(smapsOf(pid))?.[1];
  return kibibytes === undefined ? (residentBytes(pid) ?? 0) / 1_024 ** 2 : Number(kibibytes) / 1_024;
}

function smapsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  } catch {
    return '';
  }
}

function addressesGiB(pid: number): number {
  const [pages] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ');
  return (Number(pages) * pageBytes) / 1_024 ** 3;
}
