import { type ChainedLine, parseChainedLine } from './chained-line.ts';
import { type ChainHead, lineHash } from './line-hash.ts';
import { type FileLine, readLines } from './read-lines.ts';

/** Where a trail is not what was written. */
export interface Break {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** What was expected there, and what is there. */
  readonly sentence: string;
}

/** What can be said of a trail. */
export interface Verdict {
  readonly breaks: readonly Break[];
  readonly lines: number;
  /** What its first line begins with: the hash of a line that is not there, or a random number. */
  readonly anchor: string | undefined;
  /** Its last whole line. */
  readonly head: ChainHead | undefined;
  /** Behind the last line something stands that was never finished: the gateway was killed, or the disk full. */
  readonly isTorn: boolean;
  /** The gateway has ended as it should, and nothing was written since. */
  readonly isEnded: boolean;
}

/** What is known of a trail from elsewhere. */
export interface KnownOfTrail {
  /** What its first line begins with. */
  readonly anchor?: string | undefined;
  /** The hash of one of its lines, as the gateway's log has it. */
  readonly head?: string | undefined;
}

/**
 * Follows the chain through files of one trail, whatever the order in which they are named. Each break is told once: the
 * lines behind it are followed from there on. Throws what the system says of a file that cannot be read.
 */
export async function verifyTrail(files: readonly string[], known: KnownOfTrail = {}): Promise<Verdict> {
  const chain = new Chain(known);
  const ordered = await oldestFirst(files);
  for (const [index, file] of ordered.entries())
    for await (const line of readLines(file))
      chain.follow(line, { file, isLast: index === ordered.length - 1 });
  return chain.verdict(ordered.at(-1) ?? '');
}

/** Files by the number of their first line; those that begin with none come first, and are breaks. */
export async function oldestFirst(files: readonly string[]): Promise<string[]> {
  const firsts = await Promise.all(files.map(async (file) => ({ file, seq: await firstSeq(file) })));
  return firsts.sort((a, b) => a.seq - b.seq).map(({ file }) => file);
}

/** An empty file is what rotation leaves before the next line. */
async function firstSeq(file: string): Promise<number> {
  for await (const { bytes, isWhole } of readLines(file))
    return parseChainedLine(bytes)?.seq ?? (isWhole ? 0 : Number.MAX_SAFE_INTEGER);
  return Number.MAX_SAFE_INTEGER;
}

class Chain {
  readonly #known: KnownOfTrail;
  readonly #breaks: Break[] = [];
  #anchor: string | undefined;
  #head: ChainHead | undefined;
  #lines = 0;
  #line = 0;
  #hasKnownHead: boolean;
  #isTorn = false;
  #isEnded = false;

  constructor(known: KnownOfTrail) {
    this.#known = known;
    this.#hasKnownHead = known.head === undefined;
  }

  follow({ bytes, number, isWhole }: FileLine, { file, isLast }: { file: string; isLast: boolean }): void {
    this.#line = number;
    if (!isWhole && isLast) {
      this.#isTorn = true;
      return;
    }
    this.#lines++;
    const line = parseChainedLine(bytes);
    const sentence = line === undefined ? 'this is no line of a trail' : this.#mismatch(line);
    if (sentence !== undefined) this.#breaks.push({ file, line: number, sentence });
    const hash = lineHash(bytes);
    if (hash === this.#known.head) this.#hasKnownHead = true;
    this.#anchor ??= line?.prev;
    this.#head = { seq: line?.seq ?? (this.#head?.seq ?? 0) + 1, hash };
    this.#isEnded = line?.value.kind === 'trail-ended';
  }

  verdict(file: string): Verdict {
    if (!this.#hasKnownHead) {
      const sentence = `expected a line with the hash ${this.#known.head}, and there is none: the end was cut, or lines were changed`;
      this.#breaks.push({ file, line: this.#line, sentence });
    }
    const [breaks, lines, anchor, head] = [this.#breaks, this.#lines, this.#anchor, this.#head];
    return { breaks, lines, anchor, head, isTorn: this.#isTorn, isEnded: this.#isEnded };
  }

  #mismatch({ seq, prev }: ChainedLine): string | undefined {
    const before = this.#head ?? (this.#known.anchor && { seq: seq - 1, hash: this.#known.anchor });
    if (before === undefined || before === '') return undefined;
    if (seq !== before.seq + 1) return `expected number ${before.seq + 1}, and this is ${seq}`;
    if (prev === before.hash) return undefined;
    return `expected ${before.hash} as the hash of the line before, and this has ${prev}: one of the two was changed`;
  }
}
