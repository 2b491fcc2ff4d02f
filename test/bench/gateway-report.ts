import type { GatewayMeasures } from './gateway-bench.ts';
import { markdownTable } from './markdown-table.ts';
import { percentile } from './percentile.ts';
import type { CallLatency } from './proxies/call-latency.ts';
import { type CallThroughput, callsAtOnce } from './proxies/call-throughput.ts';

/** The figures as Markdown. */
export function gatewayReport(figures: GatewayMeasures): string {
  return [
    ...['### One `tools/call` after the other, 1 KB, µs', callLatencyTable(figures)],
    ...[`### The same, ${callsAtOnce} at once`, callThroughputTable(figures)],
  ].join('\n\n');
}

/** Added: to what the server takes over HTTP of the same era without anything between, in the same round. */
export function callLatencyTable({ latencies }: GatewayMeasures): string {
  const rows = latencies.map((latency) => {
    const { path, p50Us, p99Us } = latency;
    const base = directWay(latencies, path) ?? latency;
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

/** The direct way over HTTP, where clients of stdio servers behind a gateway come in, too. */
function directWay(latencies: readonly CallLatency[], path: string): CallLatency | undefined {
  const [way = ''] = path.split(',');
  return latencies.find((each) => each.path === `${way === 'stdio' ? 'HTTP' : way}, direct`);
}

export function callThroughputTable({ throughputs }: GatewayMeasures): string {
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
