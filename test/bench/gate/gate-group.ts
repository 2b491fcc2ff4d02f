import type { GateSubject } from './gate-subject.ts';

/** A ratio between what subjects cost. */
export interface GateRatio {
  readonly name: string;
  /** The subject that is judged. */
  readonly of: string;
  /** The subjects that it is held against, together. */
  readonly against: readonly string[];
  /** So much is added to the margin for all of the machine that others take. */
  readonly wideningByOthers: number;
}

/**
 * Other work empties caches and adds switches between processes, which ways with more processes pay more for. Where others had three
 * quarters of the machine, ratios of CPU time of small calls were up to 45 % above others of the same code; those of large ones 15 %.
 */
export const widening = { smallCalls: 0.6, largeCalls: 0.2 } as const;

/** Subjects that run side by side, and their ratios. */
export interface GateGroup {
  readonly name: string;
  readonly ratios: readonly GateRatio[];
  /** Starts what the subjects need; disposed of with `parts`. */
  start(parts: AsyncDisposableStack, setup: GateSetup): Promise<GateSubject[]>;
}

/** What a test changes. */
export interface GateSetup {
  /** Options of Node for each sidecar that is asked directly: a test makes a regression by them. */
  readonly sidecarNodeOptions: readonly string[];
}
