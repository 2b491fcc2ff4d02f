/** Something that is not yet answered as without the gateway. */
export interface KnownGap {
  /** What is missing. */
  readonly sentence: string;
  /** Names of exchanges. */
  readonly exchanges: readonly string[];
  /** Where it shows: all servers that have the exchange, where none is named. */
  readonly servers?: readonly string[];
  /** Where it shows: with and without a guard, where neither is named. */
  readonly guards?: readonly ('no guard' | 'an allow-all guard')[];
}

/**
 * What is known to be missing. A test of it passes while it is missing, and fails when it is not: then it is to be taken off this
 * list.
 */
export const knownGaps: readonly KnownGap[] = [];
