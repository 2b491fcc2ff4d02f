import type { LabelingPath } from './labeling-path.ts';
import type { Latency } from './latency.ts';
import { percentile } from './percentile.ts';

/** The labeling over gRPC may take this many times the bare echo, plus the guard process's own round trip (issue 2). */
export const echoFactor = 1.5;

/** The aim for one question, from the medians. */
export interface LabelingAim {
  readonly question: string;
  readonly grpcUs: number;
  readonly limitUs: number;
  readonly isMet: boolean;
  /** gRPC against the limit: 1 and below is met. */
  readonly ratio: number;
  /** The middle half of the same ratio taken round by round: how far noise moves it. */
  readonly roundRatioP25: number;
  readonly roundRatioP75: number;
}

/** The aim for each question. Throws when a path was not measured. */
export function labelingAims(latencies: readonly Latency[]): LabelingAim[] {
  const questions = [...new Set(latencies.map(({ question }) => question))];
  return questions.map((question) => {
    const ofPath = (path: LabelingPath['name']) => latencyOf(latencies, question, path);
    const [grpc, process, echo] = [
      ofPath('gRPC, socket'),
      ofPath('guard process'),
      ofPath('bare echo, socket'),
    ];
    const limitUs = echoFactor * echo.p50Us + process.p50Us;
    const ratios = grpc.roundP50Us.map((grpcUs, round) => {
      return (
        grpcUs /
        (echoFactor * (echo.roundP50Us[round] ?? Number.NaN) + (process.roundP50Us[round] ?? Number.NaN))
      );
    });
    return {
      question,
      grpcUs: grpc.p50Us,
      limitUs,
      isMet: grpc.p50Us <= limitUs,
      ratio: grpc.p50Us / limitUs,
      roundRatioP25: percentile(ratios, 0.25),
      roundRatioP75: percentile(ratios, 0.75),
    };
  });
}

/** What was measured for one question on one path. Throws when it was not. */
export function latencyOf(
  latencies: readonly Latency[],
  question: string,
  path: LabelingPath['name'],
): Latency {
  const found = latencies.find((latency) => latency.question === question && latency.path === path);
  if (found === undefined) throw new Error(`${path} was not measured for ${question}`);
  return found;
}
