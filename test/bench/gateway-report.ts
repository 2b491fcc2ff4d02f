import type { GatewayMeasures } from './gateway-bench.ts';
import type { Machine } from './machine.ts';
import { markdownTable } from './markdown-table.ts';
import { percentile } from './percentile.ts';
import { type CallThroughput, callsAtOnce } from './proxies/call-throughput.ts';

/** The figures of one run of the gateway's bench. */
export interface GatewayFigures extends GatewayMeasures {
  readonly machine: Machine;
  /** The load average of the last minute, as the run ends: the bench itself keeps two cores busy. */
  readonly loadAtEnd: number;
  readonly tookMs: number;
}

/** The figures as Markdown, ready for a README. */
export function gatewayReport(figures: GatewayFigures): string {
  const { machine, loadAtEnd, tookMs } = figures;
  const { cores, cpuModel, system, node, loadAtStart } = machine;
  const loads = `load average ${loadAtStart.toFixed(2)} at the start, ${loadAtEnd.toFixed(2)} at the end`;
  return [
    `${cores} × ${cpuModel}, ${system}, Node ${node}, ${loads}.`,
    ...['### One `tools/call` after the other, 1 KB, µs', latencyTable(figures)],
    ...[`### ${callsAtOnce} at once`, throughputTable(figures)],
    ...['### Aims', aimTable(figures)],
    `The run took ${(tookMs / 1_000).toFixed(0)} s.`,
  ].join('\n\n');
}

/** Added: to what the server takes over HTTP without anything between, as the first path shows it in the same round. */
function latencyTable({ latencies }: GatewayFigures): string {
  const [direct] = latencies;
  const rows = latencies.map((latency) => {
    const { path, p50Us, p99Us } = latency;
    const base = direct ?? latency;
    const added = latency.roundP50Us.map((us, round) => us - (base.roundP50Us[round] ?? 0));
    return [
      path,
      p50Us.toFixed(0),
      p99Us.toFixed(0),
      (p50Us - base.p50Us).toFixed(0),
      `${percentile(added, 0.25).toFixed(0)} to ${percentile(added, 0.75).toFixed(0)}`,
      (p99Us - base.p99Us).toFixed(0),
      (p50Us / base.p50Us).toFixed(1),
    ];
  });
  return markdownTable(
    ['', 'p50', 'p99', 'added p50', 'middle half of rounds', 'added p99', 'p50, times direct'],
    rows,
  );
}

function throughputTable({ throughputs }: GatewayFigures): string {
  const rows = throughputs.map(({ path, callsPerSecond, cpuUs }) => [
    path,
    callsPerSecond.toFixed(0),
    ...[cpuUs.proxy, cpuUs.sidecar, cpuUs.server, cpuUs.client].map((us) => us.toFixed(0)),
    perCore({ cpuUs }),
  ]);
  const cpu = ['gateway', 'sidecar and guard', 'server', 'client'].map((who) => `CPU µs a call: ${who}`);
  return markdownTable(['', 'calls a second', ...cpu, 'calls a second and core'], rows);
}

/** What one core carries of all that stands between client and server. */
function perCore({ cpuUs }: Pick<CallThroughput, 'cpuUs'>): string {
  const between = cpuUs.proxy + cpuUs.sidecar;
  return between === 0 ? '' : (1_000_000 / between).toFixed(0);
}

function aimTable({ aims }: GatewayFigures): string {
  const rows = aims.map(({ what, measured, aim, isMet }) => [what, measured, aim, isMet ? 'met' : 'not met']);
  return markdownTable(['Sluice, in front of the HTTP server', 'measured', 'aim', ''], rows);
}
