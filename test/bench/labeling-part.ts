/** What labeling costs, on each way to the guard. */
import { aimedQuestions, labelingAims } from './labeling-aims.ts';
import { LabelingBench } from './labeling-bench.ts';
import { cpuTable, type LabelingFigures, labelingReport, latencyTable } from './labeling-report.ts';
import { measureLatency } from './latency.ts';
import type { Amount, Part } from './part.ts';
import { measureThroughput } from './throughput.ts';
import { responseOf, smallResource, type TrackerQuestion } from './tracker-question.ts';

const callCounts = [0, 1, 5] as const;

const amounts = {
  thorough: {
    questions: [
      ...callCounts.map((calls) => smallResource(calls)),
      ...[10, 100, 1_000].flatMap((items) => callCounts.map((calls) => responseOf(items, calls))),
    ],
    latency: { rounds: 400, maxMs: 75_000 },
    throughput: { slices: 2, sliceMs: 200, aimedSliceMs: 1_000, aimed: aimedQuestions },
  },
  quick: {
    questions: [smallResource(), smallResource(1), responseOf(100)],
    latency: { rounds: 40, maxMs: 5_000 },
    throughput: { slices: 1, sliceMs: 60, aimedSliceMs: 200, aimed: aimedQuestions },
  },
};

/** Questions that the README shows. */
const shown: readonly string[] = [smallResource(), smallResource(1), responseOf(100), responseOf(1_000)].map(
  ({ name }) => name,
);

/** Measures labeling on all ways: the guest alone, its process, gRPC over a socket and TCP, and the bare echoes. */
export async function measureLabeling(amount: Amount): Promise<Part> {
  const { questions, latency, throughput } = amounts[amount];
  const figures = await measure(questions, { latency, throughput });
  const sizes = figures.sizes.filter(({ question }) => shown.includes(question));
  return {
    figures,
    text: labelingReport(figures),
    summary: [
      'Labeling, one question after the other: p50 / p99, µs.',
      latencyTable({ ...figures, sizes }),
      'Small questions under load.',
      cpuTable(figures),
    ].join('\n\n'),
    aims: labelingAims(figures.latencies, figures.throughputs),
  };
}

async function measure(
  questions: readonly TrackerQuestion[],
  bounds: Pick<(typeof amounts)['quick'], 'latency' | 'throughput'>,
): Promise<LabelingFigures> {
  await using bench = await LabelingBench.start(questions);
  const latencies = await measureLatency(bench.paths, questions, bounds.latency);
  const throughputs = await measureThroughput(bench, bounds.throughput);
  return { sizes: bench.sizes, latencies, throughputs };
}
