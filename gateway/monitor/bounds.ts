// What of a guard's word counts, where the operator bounds it (difc.md, "Bounds"). Outside its bounds an answer is
// restricted, never widened. More secrecy restricts a read but widens a write, so that the two get labels of their own.

import type { ObjectLabels, Operation } from './access.ts';
import type { Labels, Tags } from './labels.ts';
import { tagMatcher } from './tag-pattern.ts';

/** The bounds on one server's guard. What is not given bounds nothing. Patterns are exact, `prefix*`, or `*`. */
export interface Bounds {
  /** Secrecy tags that everything from here carries. */
  readonly readFloor?: readonly string[];
  /** Patterns of the integrity tags that are believed of what is read here; others vouch for nothing. */
  readonly readCeiling?: readonly string[];
  /** Integrity tags that every write needs. */
  readonly writeFloor?: readonly string[];
  /** Patterns of the tags that the guard may use. */
  readonly namespace?: readonly string[];
  /** Patterns of the tools, and methods of other requests, that may be reads; each other one is a read-write at least. */
  readonly reads?: readonly string[];
  /** Tags in one list. */
  readonly maxTags?: number;
  /** Of one tag, in UTF-16 code units. */
  readonly maxTagLength?: number;
  /** Labelled items of one response. */
  readonly maxItems?: number;
  /** Levels of what the guard echoes, and of its pointers. */
  readonly maxNesting?: number;
}

/** How the operator's word took the place of a guard's. */
export type Overruling =
  | 'GRANT_OUTSIDE_NAMESPACE'
  | 'READ_OUTSIDE_NAMESPACE'
  | 'WRITE_OUTSIDE_NAMESPACE'
  | 'BELOW_READ_FLOOR'
  | 'ABOVE_READ_CEILING'
  | 'BELOW_WRITE_FLOOR'
  | 'NOT_A_READ'
  | 'TOO_LARGE';

/** What is left of an answer, and what was overruled in it: nothing twice. */
export interface Bounded<Answer> {
  readonly answer: Answer;
  readonly overrulings: readonly Overruling[];
}

/** What is left of the labels that a guard grants an agent: the tags of its namespace. */
export function boundGrant({ namespace }: Bounds, said: Labels): Bounded<Labels> {
  if (namespace === undefined) return { answer: said, overrulings: [] };
  const isOwn = tagMatcher(namespace);
  const answer = { secrecy: only(said.secrecy, isOwn), integrity: only(said.integrity, isOwn) };
  const isCut = answer.secrecy.size < said.secrecy.size || answer.integrity.size < said.integrity.size;
  return { answer, overrulings: isCut ? ['GRANT_OUTSIDE_NAMESPACE'] : [] };
}

/** What a call does. */
export function boundOperation(
  { reads }: Bounds,
  { tool, said }: { readonly tool: string; readonly said: Operation },
): Bounded<Operation> {
  if (said !== 'read' || reads === undefined || tagMatcher(reads)(tool))
    return { answer: said, overrulings: [] };
  return { answer: 'read-write', overrulings: ['NOT_A_READ'] };
}

/**
 * The labels of a resource or an item, as what is read and as what is written to; `operation` says only which of the two
 * the overrulings are told of. A tag outside of the namespace makes it unreadable: another guard's tag says who may read
 * that guard's data, and what it vouches for.
 */
export function boundObject(bounds: Bounds, said: Labels, operation: Operation): Bounded<ObjectLabels> {
  const isOwn = tagMatcher(bounds.namespace ?? everything);
  const isBelieved = tagMatcher(bounds.readCeiling ?? everything);
  const floor = new Set(bounds.readFloor);
  const vouched = only(said.integrity, isOwn);
  const accepted = only(said.secrecy, isOwn);
  const unreadable = foreignRule(said, { accepted, vouched });
  const read = { secrecy: said.secrecy.union(floor), integrity: only(vouched, isBelieved) };
  const written = { secrecy: accepted, integrity: said.integrity.union(new Set(bounds.writeFloor)) };
  const isRead = operation !== 'write';
  const isWrite = operation !== 'read';
  const overrulings: readonly (readonly [Overruling, boolean])[] = [
    ['READ_OUTSIDE_NAMESPACE', isRead && unreadable !== undefined],
    ['WRITE_OUTSIDE_NAMESPACE', isWrite && accepted.size < said.secrecy.size],
    // What a write answers is read, too.
    ['BELOW_READ_FLOOR', read.secrecy.size > said.secrecy.size],
    ['ABOVE_READ_CEILING', isRead && read.integrity.size < vouched.size],
    ['BELOW_WRITE_FLOOR', isWrite && written.integrity.size > said.integrity.size],
  ];
  return {
    answer: { ...read, written, ...(unreadable && { unreadable }) },
    overrulings: overrulings.filter(([, isOverruled]) => isOverruled).map(([code]) => code),
  };
}

/** Whether labels are larger than a guard's may be. */
export function areTooLarge({ maxTags, maxTagLength }: Bounds, { secrecy, integrity }: Labels): boolean {
  const most = maxTags ?? Number.POSITIVE_INFINITY;
  if (secrecy.size > most || integrity.size > most) return true;
  const longest = maxTagLength ?? Number.POSITIVE_INFINITY;
  return [...secrecy, ...integrity].some((tag) => tag.length > longest);
}

const everything = ['*'];

function only(tags: Tags, isAmongThem: (tag: string) => boolean): Tags {
  return new Set([...tags].filter(isAmongThem));
}

/** The rule that foreign tags break for everybody. */
function foreignRule(
  said: Labels,
  own: { readonly accepted: Tags; readonly vouched: Tags },
): ObjectLabels['unreadable'] {
  if (own.accepted.size < said.secrecy.size) return 'READ_SECRECY';
  return own.vouched.size < said.integrity.size ? 'READ_INTEGRITY' : undefined;
}
