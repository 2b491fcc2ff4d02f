import type { Machine } from '../machine.ts';
import { markdownTable } from '../markdown-table.ts';
import { percentile } from '../percentile.ts';
import type { TelemetryCost, TelemetryMeasures } from './telemetry-bench.ts';

/** The figures of one run of the bench of telemetry. */
export interface TelemetryFigures extends TelemetryMeasures {
  readonly machine: Machine;
  readonly loadAtEnd: number;
  readonly tookMs: number;
}

/** The figures as Markdown, ready for docs/telemetry.md. */
export function telemetryReport({ machine, costs, idleUs, loadAtEnd, tookMs }: TelemetryFigures): string {
  const { cores, cpuModel, system, node, loadAtStart } = machine;
  const [base] = costs;
  const baseUs = base === undefined ? 0 : percentile(sums(base), 0.5);
  const share = ((idleUs / baseUs) * 100).toFixed(1);
  return [
    `${cores} × ${cpuModel}, ${system}, Node ${node}, load average ${loadAtStart.toFixed(2)} at the start, ${loadAtEnd.toFixed(2)} at the end.`,
    '### CPU time of one guarded `tools/call`, 1 KB, µs (medians of rounds)',
    costTable(costs),
    `Calls of OpenTelemetry's API where nobody listens: ${idleUs.toFixed(1)} µs a call in the gateway, ${share} % of ${baseUs.toFixed(0)} µs.`,
    `The run took ${(tookMs / 1_000).toFixed(0)} s.`,
  ].join('\n\n');
}

/** Each round of a way is compared with the same round of the first way. */
function costTable(costs: readonly TelemetryCost[]): string {
  const [base] = costs;
  const baseline = base === undefined ? [] : sums(base);
  const rows = costs.map((cost) => {
    const times = sums(cost).map((us, round) => us / (baseline[round] ?? us));
    const median = (values: readonly number[]) => percentile(values, 0.5).toFixed(0);
    return [
      cost.way,
      median(cost.gatewayUs),
      median(cost.sidecarUs),
      median(sums(cost)),
      percentile(times, 0.5).toFixed(2),
      `${percentile(times, 0.25).toFixed(2)} to ${percentile(times, 0.75).toFixed(2)}`,
    ];
  });
  const columns = ['', 'gateway', 'sidecar and guard', 'both', 'times the first', 'middle half of rounds'];
  return markdownTable(columns, rows);
}

function sums({ gatewayUs, sidecarUs }: TelemetryCost): number[] {
  return gatewayUs.map((us, round) => us + (sidecarUs[round] ?? 0));
}
