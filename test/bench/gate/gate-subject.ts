import { cpuTimeUs } from '../cpu-time.ts';
import { percentile } from '../percentile.ts';

/** Something whose cost is measured: calls, and the processes that work for them beside this one. */
export interface GateSubject {
  readonly name: string;
  readonly callsPerRound: number;
  readonly pids: readonly number[];
  call(): unknown;
}

/** What one call of a round took, in microseconds. */
export interface RoundCost {
  /** CPU time of this process and of all that work for it. */
  readonly cpu: number;
  /** Time that passed. */
  readonly elapsed: number;
}

/** V8 has optimized what is hot in all processes that take part after so much CPU time. */
const warmUpCpuUs = 500_000;
/** A busy machine gives it within this, or not. */
const warmUpMaxMs = 4_000;

/** Calls until what is hot is optimized. */
export async function warmUp(subject: GateSubject): Promise<void> {
  const start = cpuUs(subject);
  const end = performance.now() + warmUpMaxMs;
  while (cpuUs(subject) - start < warmUpCpuUs && performance.now() < end) await roundCost(subject);
}

/**
 * One round. Its first call is not counted: it wakes processes that slept. Of the elapsed times the middle one is taken.
 */
export async function roundCost(subject: GateSubject): Promise<RoundCost> {
  await subject.call();
  const samples: number[] = [];
  const before = cpuUs(subject);
  while (samples.length < subject.callsPerRound) {
    const start = performance.now();
    await subject.call();
    samples.push((performance.now() - start) * 1_000);
  }
  return { cpu: (cpuUs(subject) - before) / samples.length, elapsed: percentile(samples, 0.5) };
}

function cpuUs({ pids }: GateSubject): number {
  const { user, system } = process.cpuUsage();
  return pids.reduce((total, pid) => total + cpuTimeUs(pid), user + system);
}
