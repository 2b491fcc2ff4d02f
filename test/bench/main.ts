/**
 * The bench: `node test/bench/main.ts [--quick | --many | --gateway | --telemetry [--against FOLDER]] [--json FILE]`. It
 * prints figures as Markdown, and judges no time. With `--many` it measures what many sessions and labelings at once cost,
 * with `--gateway` what the gateway costs beside others, with `--telemetry` what telling of a call costs, and nothing else;
 * the last two have a short form with `--quick`. `--against` measures the gateway of another checkout beside this one's,
 * without telemetry.
 */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { inspect, parseArgs } from 'node:util';
import type { Figures } from './figures.ts';
import { GatewayBench, type GatewayBounds } from './gateway-bench.ts';
import { type GatewayFigures, gatewayReport } from './gateway-report.ts';
import { measureHostileLoop } from './hostile-loop.ts';
import { labelingAims } from './labeling-aim.ts';
import { LabelingBench } from './labeling-bench.ts';
import { measureLatency } from './latency.ts';
import { thisMachine } from './machine.ts';
import { manyReport, measureMany } from './many.ts';
import { report } from './report.ts';
import { TelemetryBench, type TelemetryBounds } from './telemetry/telemetry-bench.ts';
import { type TelemetryFigures, telemetryReport } from './telemetry/telemetry-report.ts';
import { measureThroughput } from './throughput.ts';
import { responseOf, smallResource } from './tracker-question.ts';

/** How much is measured. The whole run stays under a minute, a quick one under 15 seconds, also on a busy machine. */
const thorough = {
  latency: { rounds: 400, maxMs: 20_000 },
  hostileLoop: { rounds: 20, maxMs: 15_000 },
  throughput: { slices: 4, sliceMs: 400 },
};
const quick: typeof thorough = {
  latency: { rounds: 60, maxMs: 2_500 },
  hostileLoop: { rounds: 3, maxMs: 1_500 },
  throughput: { slices: 1, sliceMs: 300 },
};

const gatewayBounds: Record<'thorough' | 'quick', GatewayBounds> = {
  thorough: { latency: { rounds: 120, maxMs: 25_000 }, throughput: { slices: 4, sliceMs: 700 } },
  quick: { latency: { rounds: 20, maxMs: 4_000 }, throughput: { slices: 1, sliceMs: 500 } },
};

const telemetryBounds: Record<'thorough' | 'quick', TelemetryBounds> = {
  thorough: { rounds: 16, callsPerSlice: 400, idleRounds: 15, settleMs: 6_000 },
  quick: { rounds: 3, callsPerSlice: 100, idleRounds: 3, settleMs: 6_000 },
};

const options = {
  quick: { type: 'boolean' },
  many: { type: 'boolean' },
  gateway: { type: 'boolean' },
  telemetry: { type: 'boolean' },
  against: { type: 'string' },
  json: { type: 'string' },
} as const;

async function measure(amount: typeof thorough): Promise<Figures> {
  const start = performance.now();
  const machine = thisMachine();
  const small = smallResource();
  const questions = [small, responseOf(100)];
  await using bench = await LabelingBench.start(questions);
  const latencies = await measureLatency(bench.paths, questions, amount.latency);
  const throughputs = await measureThroughput(bench, small, amount.throughput);
  const hostileLoop = await measureHostileLoop(amount.hostileLoop);
  return {
    machine,
    sizes: bench.sizes,
    latencies,
    labelingAims: labelingAims(latencies),
    hostileLoop,
    throughputs,
    tookMs: performance.now() - start,
  };
}

async function measureGateway(bounds: GatewayBounds): Promise<GatewayFigures> {
  const start = performance.now();
  const machine = thisMachine();
  await using bench = await GatewayBench.start();
  const measures = await bench.measure(bounds);
  return { machine, ...measures, loadAtEnd: loadavg()[0] ?? 0, tookMs: performance.now() - start };
}

async function measureTelemetry(bounds: TelemetryBounds, against?: string): Promise<TelemetryFigures> {
  const start = performance.now();
  const machine = thisMachine();
  await using bench = await TelemetryBench.start(against);
  const measures = await bench.measure(bounds);
  return { machine, ...measures, loadAtEnd: loadavg()[0] ?? 0, tookMs: performance.now() - start };
}

interface Wanted {
  readonly quick?: boolean;
  readonly many?: boolean;
  readonly gateway?: boolean;
  readonly telemetry?: boolean;
  readonly against?: string;
}

/** What was measured, and its report. */
async function run(values: Wanted): Promise<{ figures: object; text: string }> {
  if (values.gateway === true) {
    const figures = await measureGateway(gatewayBounds[values.quick === true ? 'quick' : 'thorough']);
    return { figures, text: gatewayReport(figures) };
  }
  if (values.telemetry === true) {
    const bounds = telemetryBounds[values.quick === true ? 'quick' : 'thorough'];
    const figures = await measureTelemetry(bounds, values.against);
    return { figures, text: telemetryReport(figures) };
  }
  if (values.many === true) {
    const figures = await measureMany();
    return { figures, text: manyReport(figures) };
  }
  const figures = await measure(values.quick === true ? quick : thorough);
  return { figures, text: report(figures) };
}

try {
  const { values } = parseArgs({ options });
  const { figures, text } = await run(values);
  process.stdout.write(`${text}\n`);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
} catch (error) {
  process.stderr.write(`${inspect(error)}\n`);
  process.exitCode = 1;
}
