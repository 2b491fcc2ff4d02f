import type { LabelingPath } from './labeling-path.ts';
import { percentile } from './percentile.ts';
import type { TrackerQuestion } from './tracker-question.ts';

/** What one path takes for one question, one call after the other. */
export interface Latency {
  readonly path: LabelingPath['name'];
  readonly question: string;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly calls: number;
  /** One after the other; from the mean. */
  readonly callsPerSecond: number;
  /** The medians of the rounds, in order: what drift and noise did to this path they did to the others in the same round. */
  readonly roundP50Us: readonly number[];
}

/** How long to measure. */
export interface LatencyBounds {
  readonly rounds: number;
  /** No round starts after this, in milliseconds; on a busy machine it comes first. */
  readonly maxMs: number;
}

/** Fewer rounds would say nothing about noise. */
const minRounds = 8;
/** V8 has optimized what is hot after this many calls of a path. */
const warmUpRounds = 12;

/**
 * Measures every path in every round, next to each other and in a turning order, so that a machine that drifts or has
 * other work hits all alike.
 */
export async function measureLatency(
  paths: readonly LabelingPath[],
  questions: readonly TrackerQuestion[],
  bounds: LatencyBounds,
): Promise<Latency[]> {
  const cells = questions.flatMap((question) => paths.map((path) => new Cell(path, question)));
  for (let round = 0; round < warmUpRounds; round++) for (const cell of cells) await cell.run();
  for (const cell of cells) cell.forget();
  const end = performance.now() + bounds.maxMs;
  for (let round = 0; round < bounds.rounds && (round < minRounds || performance.now() < end); round++) {
    const first = round % cells.length;
    for (const cell of [...cells.slice(first), ...cells.slice(0, first)]) await cell.run();
  }
  return cells.map((cell) => cell.latency);
}

/** One path with one question, and its samples in microseconds. */
class Cell {
  readonly #path: LabelingPath;
  readonly #question: TrackerQuestion;
  #rounds: number[][] = [];

  constructor(path: LabelingPath, question: TrackerQuestion) {
    this.#path = path;
    this.#question = question;
  }

  /** One round. Its first call is not counted: it wakes processes that slept while others were measured. */
  async run(): Promise<void> {
    const samples: number[] = [];
    await this.#path.ask(this.#question);
    for (let call = 0; call < this.#question.callsPerRound; call++) {
      const start = performance.now();
      await this.#path.ask(this.#question);
      samples.push((performance.now() - start) * 1_000);
    }
    this.#rounds.push(samples);
  }

  forget(): void {
    this.#rounds = [];
  }

  get latency(): Latency {
    const samples = this.#rounds.flat();
    return {
      path: this.#path.name,
      question: this.#question.name,
      p50Us: percentile(samples, 0.5),
      p99Us: percentile(samples, 0.99),
      calls: samples.length,
      callsPerSecond: (samples.length * 1_000_000) / samples.reduce((total, us) => total + us, 0),
      roundP50Us: this.#rounds.map((round) => percentile(round, 0.5)),
    };
  }
}
