import { readdirSync } from 'node:fs';
import { residentBytes } from '../../sidecar/process/process-usage.ts';
import type { RandomChoice } from '../fuzz/random-choice.ts';
import type { RunningSidecar } from '../harness/running-sidecar.ts';

/** What a sidecar uses at one moment. */
export interface Usage {
  /** Memory of the sidecar's own process, in bytes. */
  readonly residentBytes: number;
  /** Open descriptors of the sidecar's own process. */
  readonly descriptors: number;
}

/** Looks at a sidecar's processes, and kills some of them. */
export class ProcessWatch {
  readonly #sidecar: RunningSidecar;
  readonly #pid: number;
  /** Every guard process that was ever seen. */
  readonly #seen = new Set<number>();
  peakBytes = 0;
  kills = 0;

  constructor(sidecar: RunningSidecar) {
    this.#sidecar = sidecar;
    if (sidecar.child.pid === undefined) throw new Error('the sidecar does not run');
    this.#pid = sidecar.child.pid;
  }

  get usage(): Usage {
    const bytes = residentBytes(this.#pid) ?? 0;
    this.peakBytes = Math.max(this.peakBytes, bytes);
    return { residentBytes: bytes, descriptors: readdirSync(`/proc/${this.#pid}/fd`).length };
  }

  /** Kills one guard process, whatever it is doing. */
  async killOne(choice: RandomChoice): Promise<void> {
    const pids = await this.guardProcesses();
    if (pids.length === 0) return;
    this.#kill(choice.pick(pids));
    this.kills++;
  }

  async guardProcesses(): Promise<number[]> {
    const pids = await this.#sidecar.guardProcesses();
    for (const pid of pids) this.#seen.add(pid);
    return pids;
  }

  /** Those that are still there, once their sidecar is gone. */
  get leaked(): number[] {
    return [...this.#seen].filter((pid) => residentBytes(pid) !== undefined);
  }

  #kill(pid: number): void {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It was gone already.
    }
  }
}
