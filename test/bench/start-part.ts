/** What beginning costs: a sidecar, a guard process, a session, beside a Node that does nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { SidecarOptions } from '../harness/running-sidecar.ts';
import type { Aim } from './aim.ts';
import { CompiledSidecar } from './compiled-sidecar.ts';
import { markdownTable } from './markdown-table.ts';
import type { Amount, Part } from './part.ts';
import { percentile } from './percentile.ts';
import { ThroughGrpc } from './through-grpc.ts';
import { ThroughGuardProcess } from './through-guard-process.ts';
import { trackerGuard } from './tracker-backend.ts';
import { smallResource } from './tracker-question.ts';
import { trackerSidecar } from './tracker-sidecar.ts';

const amounts = { thorough: { rounds: 15, maxMs: 40_000 }, quick: { rounds: 3, maxMs: 3_000 } };

/** From the spawn of a sidecar with one guard to its first label (issue 8), in milliseconds. */
const sidecarAimMs = 400;

/** The same sidecar in the two forms in which it is run. The aim is for what users run; the source is for development. */
const publishedStart = 'sidecar with one guard, compiled as npm has it, until its first label';
const sourceStart = 'sidecar with one guard, from the source, until its first label';

const question = smallResource();

/** Starts each again and again, in turns. */
export async function measureStart(amount: Amount): Promise<Part> {
  const { rounds, maxMs } = amounts[amount];
  const { bytes, policy } = await trackerGuard();
  await using compiled = await CompiledSidecar.make();
  await using sidecar = await trackerSidecar({});
  const starts: Record<string, () => Promise<AsyncDisposable>> = {
    'Node, an empty program': emptyNode,
    [publishedStart]: () => firstLabel(policy, { main: compiled.main }),
    [sourceStart]: () => firstLabel(policy),
    'guard process, until its first label': async () => {
      const path = await ThroughGuardProcess.start(bytes, policy);
      await path.ask(question);
      return path;
    },
    'session on a running sidecar, until its first label': async () => {
      const path = await ThroughGrpc.start(sidecar.address, policy);
      await path.ask(question);
      return path;
    },
  };
  const samples = await rounded(starts, { rounds, maxMs });
  const text = startTable(samples);
  return {
    figures: { samples },
    text: `### From the start, ms\n\n${text}`,
    summary: `From the start, ms.\n\n${text}`,
    aims: [startAim(samples)],
  };
}

type Samples = Readonly<Record<string, readonly number[]>>;

async function rounded(
  starts: Readonly<Record<string, () => Promise<AsyncDisposable>>>,
  { rounds, maxMs }: { rounds: number; maxMs: number },
): Promise<Samples> {
  const samples: Record<string, number[]> = {};
  const end = performance.now() + maxMs;
  for (let round = 0; round < rounds && (round === 0 || performance.now() < end); round++) {
    for (const [what, start] of Object.entries(starts)) {
      const from = performance.now();
      const started = await start();
      samples[what] = [...(samples[what] ?? []), performance.now() - from];
      await started[Symbol.asyncDispose]();
    }
  }
  return samples;
}

async function emptyNode(): Promise<AsyncDisposable> {
  const child = spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore', env: {} });
  await once(child, 'exit');
  return { async [Symbol.asyncDispose]() {} };
}

async function firstLabel(policy: Uint8Array, options: SidecarOptions = {}): Promise<AsyncDisposable> {
  await using started = new AsyncDisposableStack();
  const sidecar = started.use(await trackerSidecar(options));
  const path = started.use(await ThroughGrpc.start(sidecar.address, policy));
  await path.ask(question);
  return started.move();
}

function startTable(samples: Samples): string {
  const rows = Object.entries(samples).map(([what, times]) => [
    what,
    percentile(times, 0.5).toFixed(1),
    Math.max(...times).toFixed(1),
    String(times.length),
  ]);
  return markdownTable(['', 'p50', 'max', 'starts'], rows);
}

function startAim(samples: Samples): Aim {
  const p50 = percentile(samples[publishedStart] ?? [], 0.5);
  return {
    what: `${publishedStart}, p50, ms`,
    aim: `below ${sidecarAimMs}`,
    measured: p50.toFixed(0),
    isMet: p50 < sidecarAimMs,
  };
}
