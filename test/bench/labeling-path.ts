import type { TrackerQuestion } from './tracker-question.ts';

/** One way to a guard. Each that is measured does all that the one before it does, and more; the echo is what all of it is held against. */
export interface LabelingPath extends AsyncDisposable {
  readonly name: 'guest alone' | 'guard process' | 'gRPC, socket' | 'bare echo, socket';
  /** Asks once. The answer has arrived when the promise settles. */
  ask(question: TrackerQuestion): unknown;
}
