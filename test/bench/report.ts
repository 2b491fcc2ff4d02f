import { type Figures, unrest } from './figures.ts';
import type { Spread } from './hostile-loop.ts';
import { echoFactor, latencyOf } from './labeling-aim.ts';
import { markdownTable } from './markdown-table.ts';

/** A hostile loop is dead this long after its deadline (issue 2), in milliseconds. */
const deadAimMs = 50;
/** The next call to its guard is answered this long after that (issue 2), in milliseconds. */
const nextAimMs = 20;

/** The figures as Markdown, ready for a README. */
export function report(figures: Figures): string {
  return [
    machineLine(figures),
    ...unrestLines(figures),
    ...['### Labeling, µs (p50 / p99)', latencyTable(figures)],
    ...['### Aim: gRPC against the bare echo and the guard process', aimTable(figures)],
    ...[`### A guard that loops, ms (${figures.hostileLoop.rounds} rounds)`, hostileTable(figures)],
    ...['### Small `label_resource` under load', throughputTable(figures)],
    `The run took ${(figures.tookMs / 1_000).toFixed(0)} s.`,
  ].join('\n\n');
}

function machineLine({ machine }: Figures): string {
  const { cores, cpuModel, system, node, loadAtStart } = machine;
  return `${cores} × ${cpuModel}, ${system}, Node ${node}, load average ${loadAtStart.toFixed(2)} at the start.`;
}

function unrestLines(figures: Figures): string[] {
  const reasons = unrest(figures);
  if (reasons.length === 0) return [];
  return [`**The machine was not quiet**; ratios hold better than times: ${reasons.join('; ')}.`];
}

function latencyTable({ sizes, latencies }: Figures): string {
  const paths = [...new Set(latencies.map(({ path }) => path))];
  const rows = sizes.map(({ question, inBytes, outBytes }) => {
    const cells = paths.map((path) => {
      const { p50Us, p99Us } = latencyOf(latencies, question, path);
      return `${p50Us.toFixed(0)} / ${p99Us.toFixed(0)}`;
    });
    return [question, `${bytes(inBytes)} → ${bytes(outBytes)}`, ...cells];
  });
  return markdownTable(['question', 'bytes in → out', ...paths], rows);
}

function aimTable({ labelingAims }: Figures): string {
  const rows = labelingAims.map((aim) => [
    aim.question,
    aim.grpcUs.toFixed(0),
    aim.limitUs.toFixed(0),
    aim.ratio.toFixed(2),
    `${aim.roundRatioP25.toFixed(2)}–${aim.roundRatioP75.toFixed(2)}`,
    verdict(aim.isMet),
  ]);
  const limit = `${echoFactor} × echo + guard process, µs`;
  return markdownTable(['question', 'gRPC, µs', limit, 'ratio', 'middle half of rounds', 'aim'], rows);
}

function hostileTable({ hostileLoop: { dead, answered, next } }: Figures): string {
  const row = (what: string, spread: Spread, aimMs: number) => {
    const aim = `${aimMs}: ${verdict(spread.maxMs <= aimMs)}`;
    return [what, spread.p50Ms.toFixed(1), spread.maxMs.toFixed(1), aim];
  };
  return markdownTable(
    ['', 'p50', 'max', 'aim (max)'],
    [
      row('process dead, after the deadline', dead, deadAimMs),
      row('caller answered, after the deadline', answered, deadAimMs),
      row('next call answered, after both', next, nextAimMs),
    ],
  );
}

function throughputTable({ throughputs }: Figures): string {
  const rows = throughputs.map(({ load, atOnce, callsPerSecond, cpuUsPerCall }) => [
    load,
    String(atOnce),
    callsPerSecond.toFixed(0),
    cpuUsPerCall.client.toFixed(0),
    cpuUsPerCall.server.toFixed(0),
    cpuUsPerCall.guardProcess.toFixed(0),
  ]);
  const cpu = ['client', 'server', 'guard process'].map((process) => `CPU µs a call: ${process}`);
  return markdownTable(['load', 'at once', 'calls a second', ...cpu], rows);
}

function bytes(count: number): string {
  return count < 10_000 ? `${count} B` : `${(count / 1_000).toFixed(0)} KB`;
}

function verdict(isMet: boolean): string {
  return isMet ? 'met' : 'not met';
}
