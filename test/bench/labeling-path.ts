import type { TrackerQuestion } from './tracker-question.ts';

/**
 * One way to a guard. From the guest alone to gRPC each does all that the one before it does, and more; the echo is what
 * they are held against.
 */
export interface LabelingPath extends AsyncDisposable {
  readonly name: 'guest alone' | 'guard process' | 'gRPC, socket' | 'bare echo, socket';
  /** Asks once. The answer has arrived when the promise settles. */
  ask(question: TrackerQuestion): unknown;
}
