import { Subject } from './subject';

/** What a pattern says about a value. */
export enum Match {
  No,
  Yes,
  /**
   * Not as it is written, but a server that is careless about case, white space, types or spellings may take it for
   * what the pattern means. Such a value is matched by no rule at all, for we do not know what will be done with it.
   */
  Unclear,
}

/** What a rule is for. */
export abstract class ValuePattern {
  /** Whether the value is what this pattern means. */
  abstract test(subject: Subject): Match;

  /** Whether everything that `other` matches is surely matched by this one: a later rule with it is never reached. */
  abstract covers(other: ValuePattern): bool;
}
