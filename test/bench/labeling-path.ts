import type { TrackerQuestion } from './tracker-question.ts';

/**
 * One way to a guard. From the guest alone to gRPC each does all that the one before it does, and more; the echoes are what
 * they are held against.
 */
export interface LabelingPath extends AsyncDisposable {
  readonly name: (typeof labelingPaths)[number];
  /** Asks once. The answer has arrived when the promise settles. */
  ask(question: TrackerQuestion): unknown;
}

/** The ways, in the order of the report. */
export const labelingPaths = [
  'guest alone',
  'guard process',
  'gRPC, socket',
  'gRPC, TCP',
  'bare echo, open stream',
  'bare echo, a call each',
  'echo, then guard process',
] as const;
