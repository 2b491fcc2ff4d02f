/**
 * The long run of all fuzzers: `node test/fuzz/main.ts [--seed N] [--seconds N] [--only NAME]`. They take turns, each
 * round with a seed of its own; the first violation ends it, says how to see it again, and the exit code is 1.
 */
import { inspect, parseArgs } from 'node:util';
import { markdownTable } from '../bench/markdown-table.ts';
import { fuzzFrames } from './frames.ts';
import { fuzzGuardOutput } from './guard-output.ts';
import { fuzzSessionMessages } from './session-messages.ts';
import { fuzzWasmBytes } from './wasm-bytes.ts';

type Fuzzer = (options: { seed: number; iterations: number }) => Promise<unknown>;

/** Each with as many iterations as take some seconds. */
const fuzzers: Readonly<Record<string, { readonly fuzz: Fuzzer; readonly iterations: number }>> = {
  'guard-output': { fuzz: fuzzGuardOutput, iterations: 40_000 },
  'session-messages': { fuzz: fuzzSessionMessages, iterations: 250 },
  frames: { fuzz: fuzzFrames, iterations: 20_000 },
  'wasm-bytes': { fuzz: fuzzWasmBytes, iterations: 2_000 },
};

/** What one fuzzer did. */
interface Tally {
  readonly name: string;
  rounds: number;
  iterations: number;
  tookMs: number;
  counts: unknown;
}

const options = {
  seed: { type: 'string' },
  seconds: { type: 'string', default: '60' },
  only: { type: 'string' },
} as const;

/** The tallies, and the violation where there was one. */
async function run(
  firstSeed: number,
  seconds: number,
  names: readonly string[],
): Promise<{ tallies: Tally[]; violation: unknown }> {
  const tallies = names.map((name): Tally => ({ name, rounds: 0, iterations: 0, tookMs: 0, counts: {} }));
  const endsAt = performance.now() + seconds * 1_000;
  for (let seed = firstSeed; ; seed++) {
    for (const tally of tallies) {
      if (seed > firstSeed && performance.now() >= endsAt) return { tallies, violation: undefined };
      try {
        await playRound(tally, seed);
      } catch (violation) {
        say(`Violation. To see it again: npm run fuzz -- --only ${tally.name} --seed ${seed} --seconds 0`);
        return { tallies, violation };
      }
    }
  }
}

async function playRound(tally: Tally, seed: number): Promise<void> {
  const fuzzer = fuzzers[tally.name];
  if (fuzzer === undefined) throw new Error(`there is no fuzzer ${tally.name}`);
  const start = performance.now();
  say(`${tally.name}, seed ${seed}`);
  tally.counts = add(tally.counts, await fuzzer.fuzz({ seed, iterations: fuzzer.iterations }));
  tally.rounds++;
  tally.iterations += fuzzer.iterations;
  tally.tookMs += performance.now() - start;
}

/** Sums of what is counted under the same name. */
function add(sums: unknown, counts: unknown): unknown {
  const total = new Map<string, number>();
  for (const [name, value] of [...Object.entries(sums ?? {}), ...Object.entries(counts ?? {})])
    if (typeof value === 'number') total.set(name, (total.get(name) ?? 0) + value);
  return Object.fromEntries(total);
}

function report(tallies: readonly Tally[]): string {
  const rows = tallies.map(({ name, rounds, iterations, tookMs, counts }) => [
    name,
    String(rounds),
    String(iterations),
    (tookMs / 1_000).toFixed(1),
    Object.entries(counts ?? {})
      .map(([what, count]) => `${what}: ${count}`)
      .join(', '),
  ]);
  return markdownTable(['fuzzer', 'rounds', 'iterations', 'seconds', 'what happened'], rows);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  const { values } = parseArgs({ options });
  const names = Object.keys(fuzzers).filter((name) => values.only === undefined || name === values.only);
  if (names.length === 0) throw new Error(`--only is one of ${Object.keys(fuzzers).join(', ')}`);
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
  const { tallies, violation } = await run(seed, Number(values.seconds), names);
  say(`\n${report(tallies)}`);
  if (violation !== undefined) throw violation;
} catch (error) {
  process.stderr.write(`${inspect(error)}\n`);
  process.exitCode = 1;
}
