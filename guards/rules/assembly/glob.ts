// Patterns of characters: `*` and `**` are runs of characters, everything else is itself.

import { isLetter } from './file-characters';

/** What a single `*` may stand for. */
export enum StarRange {
  /** Letters, digits and `. - _ + ~`: one word, so that nothing can be slipped in beside what was meant. */
  Word,
  /** Any character. */
  Anything,
}

const STAR: i32 = -1;
const DOUBLE_STAR: i32 = -2;

export class Glob {
  private tokens: i32[] = [];

  constructor(readonly text: string) {
    for (let i = 0; i < text.length; i++) {
      const isStar = text.charAt(i) == '*';
      const isDouble = isStar && text.charAt(i + 1) == '*';
      this.tokens.push(isDouble ? DOUBLE_STAR : isStar ? STAR : text.charCodeAt(i));
      if (isDouble) i++;
    }
  }

  /** All the ways of matching are followed at once, so that no pattern takes more than its length times the text's. */
  matches(text: string, range: StarRange): bool {
    const size = this.tokens.length + 1;
    let reached = new StaticArray<bool>(size);
    reached[0] = true;
    this.skipStars(reached);
    for (let i = 0; i < text.length; i++) {
      const next = new StaticArray<bool>(size);
      const unit = text.charCodeAt(i);
      for (let state = 0; state < size - 1; state++) {
        if (reached[state]) this.advance(state, unit, range, next);
      }
      this.skipStars(next);
      reached = next;
    }
    return reached[size - 1];
  }

  private advance(state: i32, unit: i32, range: StarRange, next: StaticArray<bool>): void {
    const token = this.tokens[state];
    if (token == unit) next[state + 1] = true;
    else if (token == DOUBLE_STAR || (token == STAR && isInRange(unit, range))) next[state] = true;
  }

  /** A star may stand for nothing. */
  private skipStars(reached: StaticArray<bool>): void {
    for (let state = 0; state < this.tokens.length; state++) {
      if (reached[state] && this.tokens[state] < 0) reached[state + 1] = true;
    }
  }
}

function isInRange(unit: i32, range: StarRange): bool {
  return range == StarRange.Anything || isLetter(unit);
}
