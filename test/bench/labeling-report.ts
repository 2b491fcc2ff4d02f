import { latencyOf } from './labeling-aims.ts';
import { labelingPaths } from './labeling-path.ts';
import type { Latency } from './latency.ts';
import { markdownTable } from './markdown-table.ts';
import { questionsAtOnce, sessionEach, type Throughput } from './throughput.ts';

/** What a question weighs on the wire, in bytes. */
export interface QuestionSize {
  readonly question: string;
  readonly inBytes: number;
  readonly outBytes: number;
}

/** What was measured of labeling. */
export interface LabelingFigures {
  readonly sizes: readonly QuestionSize[];
  readonly latencies: readonly Latency[];
  readonly throughputs: readonly Throughput[];
}

/** The figures as Markdown. */
export function labelingReport(figures: LabelingFigures): string {
  return [
    ...['### Labeling, one question after the other: p50 / p99, µs', latencyTable(figures)],
    ...[`### Labeling under load: calls a second (p50 / p99, ms), at ${questionsAtOnce.join(', ')} at once`],
    loadTable(figures),
    ...['### CPU time of a small question under load', cpuTable(figures)],
  ].join('\n\n');
}

/** The latencies of all questions. */
export function latencyTable({ sizes, latencies }: LabelingFigures): string {
  const rows = sizes.map(({ question, inBytes, outBytes }) => {
    const cells = labelingPaths.map((path) => {
      const { p50Us, p99Us } = latencyOf(latencies, question, path);
      return `${p50Us.toFixed(0)} / ${p99Us.toFixed(0)}`;
    });
    return [question, `${bytes(inBytes)} → ${bytes(outBytes)}`, ...cells];
  });
  return markdownTable(['question', 'bytes in → out', ...labelingPaths], rows);
}

function loadTable({ sizes, throughputs }: LabelingFigures): string {
  const ways = labelingPaths.filter((path) => throughputs.some(({ load }) => load === path));
  const rows = sizes.flatMap(({ question }) =>
    ways.map((path) => [question, path, ...questionsAtOnce.map((atOnce) => cell(path, question, atOnce))]),
  );
  function cell(path: string, question: string, atOnce: number): string {
    const load = throughputs.find(
      (each) => each.load === path && each.question === question && each.atOnce === atOnce,
    );
    if (load === undefined) return '';
    const { callsPerSecond, p50Us, p99Us } = load;
    return `${callsPerSecond.toFixed(0)} (${ms(p50Us)} / ${ms(p99Us)})`;
  }
  return markdownTable(['question', 'way', ...questionsAtOnce.map(String)], rows);
}

/** Who burns how much for the first question. */
export function cpuTable({ sizes, throughputs }: LabelingFigures): string {
  const loads = ['gRPC, socket', sessionEach, 'guard process', 'bare echo, open stream'];
  const rows = throughputs
    .filter(({ load, question }) => question === sizes[0]?.question && loads.includes(load))
    .map(({ load, atOnce, callsPerSecond, cpuUsPerCall, guardProcessBusy }) => [
      load,
      String(atOnce),
      callsPerSecond.toFixed(0),
      ...[cpuUsPerCall.client, cpuUsPerCall.server, cpuUsPerCall.guardProcess].map((us) => us.toFixed(0)),
      `${(guardProcessBusy * 100).toFixed(0)} %`,
    ]);
  const cpu = ['client', 'server', 'guard process'].map((process) => `CPU µs a call: ${process}`);
  return markdownTable(['load', 'at once', 'calls a second', ...cpu, 'guard process on a CPU'], rows);
}

function bytes(count: number): string {
  return count < 10_000 ? `${count} B` : `${(count / 1_000).toFixed(0)} KB`;
}

function ms(us: number): string {
  return (us / 1_000).toFixed(us < 10_000 ? 2 : 0);
}
