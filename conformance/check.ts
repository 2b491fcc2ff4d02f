/** One thing that the contract asks for, as something that can be tried. */
export interface Check<Subject> {
  /** Stable from release to release: `area.what`. */
  readonly id: string;
  /** What the contract asks, as one sentence. */
  readonly asks: string;
  /** Returns where the subject does it. Throws a Mismatch where it does not, NotOffered where it need not and does not. */
  readonly run: (subject: Subject) => Promise<void>;
}

/** What came of one check. */
export interface CheckResult {
  readonly id: string;
  readonly asks: string;
  readonly outcome: 'pass' | 'fail' | 'skip';
  /** What was seen instead, or why it was not tried; one line. */
  readonly seen?: string;
}

/** The subject does something else than the contract asks; the message says what was seen. */
export class Mismatch extends Error {}

/** The subject does not offer what the contract leaves to it. */
export class NotOffered extends Error {}

/** Throws a Mismatch that names both where what was seen is not what was expected; compared as JSON. */
export function expectEqual(what: string, seen: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (is !== should) throw new Mismatch(`${what} is ${is}, and should be ${should}`);
}

/** Throws a Mismatch with this sentence where something does not hold. */
export function expectThat(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Mismatch(otherwise);
}
