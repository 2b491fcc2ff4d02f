import { cpuTimeUs } from './cpu-time.ts';

/** Who burns CPU time for a call: this process, the one that it asks, and the guard's. */
export type Consumer = (typeof consumers)[number];

const consumers = ['client', 'server', 'guardProcess'] as const;

/** The CPU time that the processes of one load burn between two looks, in milliseconds. */
export class CpuUsage {
  readonly #server: readonly number[];
  readonly #guardProcess: readonly number[];
  #before: Readonly<Record<Consumer, number>> = { client: 0, server: 0, guardProcess: 0 };
  readonly total: Record<Consumer, number> = { client: 0, server: 0, guardProcess: 0 };

  /** With the process ids of the server and of the guard's processes, spares included. */
  constructor(server: readonly number[], guardProcess: readonly number[] = []) {
    this.#server = server;
    this.#guardProcess = guardProcess;
  }

  start(): void {
    this.#before = this.#now();
  }

  /** Adds what was burnt since `start` to the total. */
  stop(): void {
    const now = this.#now();
    for (const consumer of consumers) {
      this.total[consumer] += now[consumer] - this.#before[consumer];
    }
  }

  forget(): void {
    for (const consumer of consumers) this.total[consumer] = 0;
  }

  #now(): Record<Consumer, number> {
    const { user, system } = process.cpuUsage();
    const sum = (pids: readonly number[]) => pids.reduce((total, pid) => total + cpuTimeUs(pid), 0) / 1_000;
    return {
      client: (user + system) / 1_000,
      server: sum(this.#server),
      guardProcess: sum(this.#guardProcess),
    };
  }
}
