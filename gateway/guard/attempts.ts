import { GatewayError } from '../gateway-error.ts';
import type { Labeler } from './labeler.ts';
import { SessionLost, Unserved } from './sidecar-failure.ts';

/** How often a question is asked in all, where streams break: one that takes the sidecar down must not do so for ever. */
const maxLosses = 3;

/** How many other sidecars are asked when one has no room for a question: whoever waits for it must not wait for all. */
const maxElsewhere = 3;

/** The tries of one question, or of one opening: where they were, and whether there is to be another. */
export class Attempts {
  /** The sidecars that were tried. */
  readonly tried: Set<string>;
  readonly #labeler: Labeler;
  #losses = 0;
  #elsewhere = 0;

  constructor(labeler: Labeler, tried: ReadonlySet<string> = new Set()) {
    this.#labeler = labeler;
    this.tried = new Set(tried);
  }

  /** Returns where another try is due after `error`. Throws what it comes to where none is. */
  expectAnother(error: unknown): void {
    if (error instanceof SessionLost) {
      if (++this.#losses >= maxLosses) throw unavailable(error);
    } else if (error instanceof Unserved) {
      if (++this.#elsewhere > maxElsewhere || !this.#labeler.hasOther(this.tried)) throw error.refusal;
    } else throw error;
  }
}

/** What a lost session comes to where it is not opened again. */
export function unavailable(cause: SessionLost): GatewayError {
  const broke = (words: string) => `the connection to the sidecar broke: ${words}`;
  return new GatewayError('GUARD_UNAVAILABLE', broke(cause.message), {
    cause,
    summary: broke(cause.summary),
  });
}
