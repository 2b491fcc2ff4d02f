import { createHmac, randomBytes } from 'node:crypto';

/** Words whose placeholders are remembered; a session of 10,000 issues has some 50,000. Further ones may share theirs. */
const maxWords = 200_000;
/** Short words have few placeholders: after so many tries one is shared, which the check of the case shows. */
const maxTries = 64;

const letters = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';

/** What a text is made of: names and paths stay equal where their words are. */
export const wordPattern = /[\p{L}\p{M}\p{N}]+/gu;

/**
 * Stands for words: the same for the same word, and others for others, with as many letters and digits in the same places.
 * The key is this object's own and is never written down, so a placeholder says no more of a word than its shape and
 * where else it is.
 */
export class WordPlaceholders {
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** Words that differ in capitals only have placeholders that do so, too. */
  placeholder(word: string): string {
    const plain = word.toLowerCase();
    const known = this.#known.get(plain) ?? this.#choose(plain);
    const shapes = [...word];
    return [...known].map((letter, at) => (isCapital(shapes[at]) ? letter.toUpperCase() : letter)).join('');
  }

  #choose(plain: string): string {
    for (let attempt = 0; ; attempt++) {
      const placeholder = this.#draw(plain, attempt);
      const isFree = placeholder !== plain && !this.#taken.has(placeholder);
      if (!isFree && attempt < maxTries) continue;
      if (this.#known.size < maxWords) {
        this.#known.set(plain, placeholder);
        this.#taken.add(placeholder);
      }
      return placeholder;
    }
  }

  #draw(plain: string, attempt: number): string {
    const shapes = [...plain];
    const bytes: number[] = [];
    for (let block = 0; bytes.length < shapes.length; block++) {
      const seed = JSON.stringify([plain, attempt, block]);
      bytes.push(...createHmac('sha256', this.#key).update(seed).digest());
    }
    return shapes.map((shape, at) => pick(shape, bytes[at] ?? 0)).join('');
  }
}

/** A digit for a digit, a letter for whatever else. */
function pick(shape: string, byte: number): string {
  const alphabet = /\p{N}/u.test(shape) ? digits : letters;
  return alphabet[byte % alphabet.length] ?? '';
}

function isCapital(shape: string | undefined): boolean {
  return shape !== undefined && /\p{Lu}/u.test(shape);
}
