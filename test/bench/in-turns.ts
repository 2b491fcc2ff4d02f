import type { LabelingPath } from './labeling-path.ts';
import type { TrackerQuestion } from './tracker-question.ts';

/**
 * The bare echo, and then the guard process: what hands a labeling over, with nothing of ours between. Together they take longer
 * than each by itself, since what a process needs is no longer in the processor's caches when its turn comes.
 */
export class InTurns implements LabelingPath {
  readonly name = 'echo, then guard process';
  readonly #echo: LabelingPath;
  readonly #guardProcess: LabelingPath;

  constructor(echo: LabelingPath, guardProcess: LabelingPath) {
    this.#echo = echo;
    this.#guardProcess = guardProcess;
  }

  async ask(question: TrackerQuestion): Promise<void> {
    await this.#echo.ask(question);
    await this.#guardProcess.ask(question);
  }

  /** Both are somebody else's. */
  async [Symbol.asyncDispose](): Promise<void> {}
}
