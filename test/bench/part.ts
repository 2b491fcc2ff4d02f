import type { Aim } from './aim.ts';

/** What one part of the bench has measured. */
export interface Part {
  /** All that was measured, for `--json`. */
  readonly figures: object;
  /** The report as Markdown, from headings of the third level on. */
  readonly text: string;
  /** The few tables of it that the README shows. */
  readonly summary: string;
  readonly aims: readonly Aim[];
}

/** How much is measured: for figures to be kept, or to see that all works. */
export type Amount = 'thorough' | 'quick';
