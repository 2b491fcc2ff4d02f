import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { cpuTimeUs } from '../cpu-time.ts';

/** The share of the machine's CPU time that others took, 0 to 1: how far elapsed time says something about us. */
export class OthersShare {
  readonly #pids: readonly number[];
  readonly #start: Look;

  /** Everything but this process and these is others'. */
  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#start = this.#look();
  }

  /** Since it was made. */
  get share(): number {
    const { busyUs, oursUs, atUs } = this.#look();
    const allUs = (atUs - this.#start.atUs) * cpus().length;
    const others = busyUs - this.#start.busyUs - (oursUs - this.#start.oursUs);
    return Math.min(Math.max(others / allUs, 0), 1);
  }

  #look(): Look {
    const { user, system } = process.cpuUsage();
    const oursUs = this.#pids.reduce((total, pid) => total + cpuTimeUs(pid), user + system);
    return { busyUs: machineBusyUs(), oursUs, atUs: performance.now() * 1_000 };
  }
}

interface Look {
  readonly busyUs: number;
  readonly oursUs: number;
  readonly atUs: number;
}

/** Linux counts in these, on every architecture that Node runs on. */
const usPerTick = 10_000;

/** All that is not idle or waiting for a disk; what a hypervisor gave to others (`steal`) is not ours either. */
function machineBusyUs(): number {
  const [, ...fields] = readFileSync('/proc/stat', 'latin1').split('\n', 1).join('').split(/\s+/);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields.map(Number);
  return (user + nice + system + irq + softirq + steal) * usPerTick;
}
