// Labels, and what several of them make together. Sets of tags are sorted arrays without repetitions, so that equal sets
// are equal texts.

/** Carried by what no rule names. No agent may be granted it, so what carries it in both lists is closed to all. */
export const UNLABELLED: string = 'unlabelled';

/** In a set that something must be within, this tag stands for every tag. */
const EVERY_TAG: string = '*';

export class Labels {
  constructor(
    readonly secrecy: string[],
    readonly integrity: string[],
  ) {}
}

/** A set of tags. */
export function tagSet(tags: string[]): string[] {
  const sorted = tags.slice(0).sort();
  const set: string[] = [];
  for (let i = 0; i < sorted.length; i++) {
    if (i == 0 || sorted[i] != sorted[i - 1]) set.push(sorted[i]);
  }
  return set;
}

/**
 * What the parts of one call, or of one item, say about it. A part may be silent about a list. The parts are put
 * together so that the whole is as restricted as its most restricted part, which depends on what is done with it.
 */
export class LabelMix {
  private secrecy: string[][] = [];
  private integrity: string[][] = [];

  add(secrecy: string[] | null, integrity: string[] | null): void {
    // The same rule often speaks for thousands of values.
    if (secrecy != null && !this.secrecy.includes(secrecy)) this.secrecy.push(secrecy);
    if (integrity != null && !this.integrity.includes(integrity)) this.integrity.push(integrity);
  }

  addLabels(labels: Labels): void {
    this.add(labels.secrecy, labels.integrity);
  }

  speaksOfSecrecy(): bool {
    return this.secrecy.length > 0;
  }

  speaksOfIntegrity(): bool {
    return this.integrity.length > 0;
  }

  /** What is read holds all parts: as secret as all of them, vouched for by those who vouch for each. */
  forRead(): Labels {
    return new Labels(union(this.secrecy), intersection(this.integrity));
  }

  /** What is written goes to all parts: each must accept the secrets, and each be satisfied with the trust. */
  forWrite(): Labels {
    return new Labels(intersection(this.secrecy), union(this.integrity));
  }

  /** Both at once can be said in one pair of labels only when all parts agree; otherwise it is closed to all. */
  forReadWrite(): Labels {
    if (allEqual(this.secrecy) && allEqual(this.integrity)) return this.forRead();
    this.secrecy.push([UNLABELLED]);
    return new Labels(union(this.secrecy), [UNLABELLED]);
  }
}

function union(sets: string[][]): string[] {
  return tagSet(sets.flat());
}

function intersection(sets: string[][]): string[] {
  if (sets.length == 0) return [];
  let common = sets[0];
  for (let i = 1; i < sets.length; i++) common = intersectTwo(common, sets[i]);
  return common;
}

function intersectTwo(left: string[], right: string[]): string[] {
  if (left.includes(EVERY_TAG)) return right;
  if (right.includes(EVERY_TAG)) return left;
  const common: string[] = [];
  for (let i = 0; i < left.length; i++) if (right.includes(left[i])) common.push(left[i]);
  return common;
}

function allEqual(sets: string[][]): bool {
  for (let i = 1; i < sets.length; i++) {
    if (sets[i].length != sets[0].length) return false;
    for (let k = 0; k < sets[i].length; k++) if (sets[i][k] != sets[0][k]) return false;
  }
  return true;
}
