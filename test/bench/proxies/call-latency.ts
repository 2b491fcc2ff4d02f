import { percentile } from '../percentile.ts';
import type { CallPath } from './call-path.ts';

/** How long one path takes, one call after the other. */
export interface CallLatency {
  readonly path: string;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly calls: number;
  /** Medians of the rounds, in order: noise hit the other paths in the same round alike. */
  readonly roundP50Us: readonly number[];
}

/** How long to measure. No round starts after `maxMs`. */
export interface RoundBounds {
  readonly rounds: number;
  readonly maxMs: number;
}

const callsPerRound = 20;
const warmUpRounds = 25;
/** Fewer would say nothing about noise. */
const minRounds = 3;

/** Measures the paths in turns. The first call of a turn is not counted: it wakes processes that slept. */
export async function measureCallLatency(
  paths: readonly CallPath[],
  { rounds, maxMs }: RoundBounds,
): Promise<CallLatency[]> {
  for (const path of paths) for (let round = 0; round < warmUpRounds; round++) await samplesOf(path);
  const samples = new Map<CallPath, number[][]>(paths.map((path) => [path, []]));
  const end = performance.now() + maxMs;
  for (let round = 0; round < rounds && (round < minRounds || performance.now() < end); round++) {
    const first = round % paths.length;
    for (const path of [...paths.slice(first), ...paths.slice(0, first)])
      samples.get(path)?.push(await samplesOf(path));
  }
  return paths.map((path) => latencyOf(path, samples.get(path) ?? []));
}

/** In microseconds. */
async function samplesOf({ session }: CallPath): Promise<number[]> {
  const samples: number[] = [];
  await session.call();
  while (samples.length < callsPerRound) {
    const start = performance.now();
    await session.call();
    samples.push((performance.now() - start) * 1_000);
  }
  return samples;
}

function latencyOf({ name }: CallPath, rounds: readonly number[][]): CallLatency {
  const all = rounds.flat();
  return {
    path: name,
    p50Us: percentile(all, 0.5),
    p99Us: percentile(all, 0.99),
    calls: all.length,
    roundP50Us: rounds.map((round) => percentile(round, 0.5)),
  };
}
