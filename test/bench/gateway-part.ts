/** What a whole tool call costs, directly and through gateways. */
import { GatewayBench, type GatewayBounds } from './gateway-bench.ts';
import { callLatencyTable, callThroughputTable, gatewayReport } from './gateway-report.ts';
import type { Amount, Part } from './part.ts';
import { callsAtOnce } from './proxies/call-throughput.ts';

const amounts: Record<Amount, GatewayBounds> = {
  thorough: { latency: { rounds: 120, maxMs: 30_000 }, throughput: { slices: 4, sliceMs: 700 } },
  quick: { latency: { rounds: 15, maxMs: 2_500 }, throughput: { slices: 1, sliceMs: 200 } },
};

/** Measures all ways to a fast server, side by side. */
export async function measureGateway(amount: Amount): Promise<Part> {
  await using bench = await GatewayBench.start();
  const figures = await bench.measure(amounts[amount]);
  const summary = [
    'One `tools/call` after the other, 1 KB, µs.',
    callLatencyTable(figures),
    `The same, ${callsAtOnce} at once.`,
    callThroughputTable(figures),
  ];
  return { figures, text: gatewayReport(figures), summary: summary.join('\n\n'), aims: figures.aims };
}
