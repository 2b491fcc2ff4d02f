import { cpuMs } from '../../../sidecar/process/process-usage.ts';
import type { CallPath } from './call-path.ts';
import { noCpu, type Role, type TreeCpu, treeCpu } from './process-tree.ts';

/** How many calls a second one path carries, and what each costs. */
export interface CallThroughput {
  readonly path: string;
  readonly calls: number;
  readonly callsPerSecond: number;
  /** CPU time of one call in microseconds, by what burnt it: user and system, all threads. */
  readonly cpuUs: Readonly<Record<Role | 'client', number>>;
}

/** How long to measure: paths take turns, a slice each. The system counts CPU time in steps of 10 ms. */
export interface SliceBounds {
  readonly slices: number;
  readonly sliceMs: number;
}

/** Calls under way at any time. */
export const callsAtOnce = 32;
const warmUpMs = 400;

/** Measures the paths in turns. */
export async function measureCallThroughput(
  paths: readonly CallPath[],
  { slices, sliceMs }: SliceBounds,
): Promise<CallThroughput[]> {
  for (const path of paths) await run(path, warmUpMs);
  const loads = paths.map((path) => new Load(path));
  for (let slice = 0; slice < slices; slice++) for (const load of loads) await load.run(sliceMs);
  return loads.map((load) => load.throughput);
}

const roles = ['proxy', 'sidecar', 'server'] as const;

/** The slices of one path, added up. */
class Load {
  readonly #path: CallPath;
  readonly #cpuUs: Record<Role | 'client', number> = { proxy: 0, sidecar: 0, server: 0, client: 0 };
  #calls = 0;
  #elapsedMs = 0;

  constructor(path: CallPath) {
    this.#path = path;
  }

  async run(ms: number): Promise<void> {
    const before = cpuOf(this.#path);
    const client = process.cpuUsage();
    const start = performance.now();
    const calls = await run(this.#path, ms);
    this.#elapsedMs += performance.now() - start;
    const { user, system } = process.cpuUsage(client);
    const after = cpuOf(this.#path);
    for (const role of roles) this.#cpuUs[role] += (after[role] - before[role]) * 1_000;
    this.#cpuUs.client += user + system;
    this.#calls += calls;
  }

  get throughput(): CallThroughput {
    const perCall = (role: Role | 'client') => this.#cpuUs[role] / this.#calls;
    return {
      path: this.#path.name,
      calls: this.#calls,
      callsPerSecond: (this.#calls * 1_000) / this.#elapsedMs,
      cpuUs: {
        proxy: perCall('proxy'),
        sidecar: perCall('sidecar'),
        server: perCall('server'),
        client: perCall('client'),
      },
    };
  }
}

/** A server that runs by itself is no child of the proxy. */
function cpuOf({ proxyPid, serverPid }: CallPath): TreeCpu {
  const tree = proxyPid === undefined ? noCpu : treeCpu(proxyPid);
  return { ...tree, server: tree.server + (serverPid === undefined ? 0 : (cpuMs(serverPid) ?? 0)) };
}

/** Keeps a constant number of calls under way; how many ended well. Throws when one does not. */
async function run({ session }: CallPath, ms: number): Promise<number> {
  const end = performance.now() + ms;
  let calls = 0;
  const caller = async () => {
    while (performance.now() < end) {
      await session.call();
      calls++;
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, caller));
  return calls;
}
