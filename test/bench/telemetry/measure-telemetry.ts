import { loadavg } from 'node:os';
import { thisMachine } from '../machine.ts';
import type { Amount } from '../part.ts';
import { TelemetryBench, type TelemetryBounds } from './telemetry-bench.ts';
import type { TelemetryFigures } from './telemetry-report.ts';

const amounts: Record<Amount, TelemetryBounds> = {
  thorough: { rounds: 16, callsPerSlice: 400, idleRounds: 15, settleMs: 6_000 },
  quick: { rounds: 3, callsPerSlice: 100, idleRounds: 3, settleMs: 6_000 },
};

/** What telling of a call costs, beside the gateway of the checkout `against` where one is given. */
export async function measureTelemetry(amount: Amount, against?: string): Promise<TelemetryFigures> {
  const start = performance.now();
  const machine = thisMachine();
  await using bench = await TelemetryBench.start(against);
  const measures = await bench.measure(amounts[amount]);
  return { machine, ...measures, loadAtEnd: loadavg()[0] ?? 0, tookMs: performance.now() - start };
}
