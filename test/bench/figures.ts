import type { HostileLoop } from './hostile-loop.ts';
import type { LabelingAim } from './labeling-aim.ts';
import type { Latency } from './latency.ts';
import type { Machine } from './machine.ts';
import type { Throughput } from './throughput.ts';

/** What a question weighs on the wire, in bytes. */
export interface QuestionSize {
  readonly question: string;
  readonly inBytes: number;
  readonly outBytes: number;
}

/** Everything that one run has measured: what `--json` writes, and what the report is made of. */
export interface Figures {
  readonly machine: Machine;
  readonly sizes: readonly QuestionSize[];
  readonly latencies: readonly Latency[];
  readonly labelingAims: readonly LabelingAim[];
  readonly hostileLoop: HostileLoop;
  readonly throughputs: readonly Throughput[];
  /** How long the run took, in milliseconds. */
  readonly tookMs: number;
}

/** Why these figures are not those of a quiet machine; nothing when they are. */
export function unrest({ machine, latencies }: Pick<Figures, 'machine' | 'latencies'>): string[] {
  const reasons: string[] = [];
  if (machine.loadAtStart > quietLoad) {
    reasons.push(`the load average was ${machine.loadAtStart.toFixed(2)} at the start (above ${quietLoad})`);
  }
  for (const { path, question, p50Us, p99Us } of latencies) {
    if (p99Us > quietTail * p50Us) {
      reasons.push(
        `p99 is ${(p99Us / p50Us).toFixed(0)} × p50 for ${question} by ${path} (above ${quietTail} ×)`,
      );
    }
  }
  return reasons;
}

/** The load average up to which a machine is quiet. */
const quietLoad = 1;
/** How many times the median the 99th percentile may be on a quiet machine. */
const quietTail = 10;
