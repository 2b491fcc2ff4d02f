/**
 * The bench: `node test/bench/main.ts [PART …] [--quick] [--json FILE] [--write]`. It prints figures as Markdown, those that were
 * aimed for beside their aims, and judges no time. `--write` puts them into the README and docs/benchmarks.md, too. Other forms:
 * `--many` measures what many sessions and labelings at once cost; `--gate [--update]` holds ratios against the baseline;
 * `--telemetry [--against FOLDER]` measures what telling of a call costs, beside the gateway of another checkout, without telemetry.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { benchParts } from './bench-parts.ts';
import { type BenchRun, benchReport, benchSummary } from './bench-report.ts';
import { betweenMarkers } from './between-markers.ts';
import { readBaseline } from './gate/baseline.ts';
import { gateGroups } from './gate/gate-groups.ts';
import { gateReport } from './gate/gate-report.ts';
import { regressions, runGate } from './gate/run-gate.ts';
import { updateBaseline } from './gate/update-baseline.ts';
import { thisMachine } from './machine.ts';
import { manyReport, measureMany } from './many.ts';
import type { Amount, Part } from './part.ts';
import { measureTelemetry } from './telemetry/measure-telemetry.ts';
import { telemetryReport } from './telemetry/telemetry-report.ts';

const root = join(import.meta.dirname, '..', '..');

const options = {
  quick: { type: 'boolean' },
  many: { type: 'boolean' },
  telemetry: { type: 'boolean' },
  against: { type: 'string' },
  gate: { type: 'boolean' },
  update: { type: 'boolean' },
  write: { type: 'boolean' },
  json: { type: 'string' },
} as const;

async function measure(names: readonly string[], amount: Amount): Promise<BenchRun> {
  const start = performance.now();
  const machine = thisMachine();
  const parts: Record<string, Part> = {};
  for (const name of names) {
    const measurePart = benchParts[name];
    if (measurePart === undefined)
      throw new Error(`there is no part ${name}; there are ${Object.keys(benchParts).join(', ')}`);
    process.stderr.write(`measuring: ${name}\n`);
    parts[name] = await measurePart(amount);
  }
  return { machine, parts, loadAtEnd: loadavg()[0] ?? 0, tookMs: performance.now() - start };
}

/** Only whole runs are written: parts of different runs are of different moments. */
async function write(run: BenchRun): Promise<void> {
  if (Object.keys(benchParts).some((name) => run.parts[name] === undefined))
    throw new Error('--write is for a run of all parts');
  const texts = { 'README.md': benchSummary(run), 'docs/benchmarks.md': benchReport(run) };
  for (const [path, text] of Object.entries(texts)) {
    const file = join(root, path);
    await writeFile(file, betweenMarkers(await readFile(file, 'utf8'), text));
  }
}

/** Ends with code 1 where something regressed. */
async function gate(): Promise<void> {
  const baseline = await readBaseline();
  for (const group of gateGroups) {
    const results = await runGate(group, baseline);
    process.stdout.write(`${results.map(gateReport).join('\n\n')}\n\n`);
    for (const { name, clock, low, limit } of regressions(results)) {
      process.stdout.write(
        `REGRESSED: ${name} (${clock}): at least ${low.toFixed(2)}, limit ${limit.toFixed(2)}\n\n`,
      );
      process.exitCode = 1;
    }
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const save = async (figures: object) => {
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  };
  if (values.many === true) {
    const figures = await measureMany();
    process.stdout.write(`${manyReport(figures)}\n`);
    return save(figures);
  }
  if (values.telemetry === true) {
    const figures = await measureTelemetry(values.quick === true ? 'quick' : 'thorough', values.against);
    process.stdout.write(`${telemetryReport(figures)}\n`);
    return save(figures);
  }
  if (values.gate === true) return values.update === true ? updateBaseline() : gate();
  const names = positionals.length === 0 ? Object.keys(benchParts) : positionals;
  const run = await measure(names, values.quick === true ? 'quick' : 'thorough');
  process.stdout.write(`${benchReport(run)}\n`);
  await save(run);
  if (values.write === true) await write(run);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${inspect(error)}\n`);
  process.exitCode = 1;
}
