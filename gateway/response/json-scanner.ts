import { CELLS_PER_NODE, type JsonKind, type JsonNode, type JsonTape, KIND_CODES } from './json-tape.ts';
import { ResponseError } from './response-error.ts';

/**
 * How deep values may be nested. Python's parser stops near 1,000 and Rust's at 128, so no guard or agent reads more;
 * what walks a tape by recursion needs the bound, too.
 */
export const MAX_NESTING_LEVELS = 1_000;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const LITERALS: readonly JsonKind[] = ['true', 'false', 'null'];
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);
const FIRST_UNESCAPED_UNIT = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Scans a JSON text (RFC 8259, strictly) in one pass and in time linear in its length.
 * @throws ResponseError `invalid-json`, or `too-deep` above MAX_NESTING_LEVELS.
 */
export function scanJson(text: string): JsonTape {
  const scanner = new Scanner(text);
  return { text, cells: scanner.scan() };
}

/** The state of one scan: where it is, what it has written, and which containers are open. */
class Scanner {
  readonly #text: string;
  readonly #open: JsonNode[] = [];
  #position = 0;
  #nodes = 0;
  // A guess for dense JSON of eight characters a value; it doubles when it is too small.
  #cells: Int32Array;

  constructor(text: string) {
    this.#text = text;
    this.#cells = new Int32Array(CELLS_PER_NODE * (16 + (text.length >> 3)));
  }

  scan(): Int32Array {
    this.#value();
    for (let container = this.#open.at(-1); container !== undefined; container = this.#open.at(-1)) {
      this.#child(container);
    }
    this.#skipBlanks();
    if (this.#position < this.#text.length) this.#fail();
    return this.#cells.subarray(0, this.#nodes * CELLS_PER_NODE);
  }

  /** Reads the next child of the innermost open container, or its end. */
  #child(container: JsonNode): void {
    const isObject = this.#cells[container * CELLS_PER_NODE] === KIND_CODES.object;
    this.#skipBlanks();
    if (this.#takes(isObject ? '}' : ']')) {
      this.#close(container);
      return;
    }
    const isFirst = this.#nodes === container + 1;
    if (!isFirst && !this.#takes(',')) this.#fail();
    if (isObject) this.#key();
    this.#value();
  }

  #key(): void {
    this.#skipBlanks();
    if (this.#text[this.#position] !== '"') this.#fail();
    this.#string();
    this.#skipBlanks();
    if (!this.#takes(':')) this.#fail();
  }

  /** Reads a scalar, or the beginning of a container. */
  #value(): void {
    this.#skipBlanks();
    const first = this.#text[this.#position];
    if (first === '{') this.#begin('object');
    else if (first === '[') this.#begin('array');
    else if (first === '"') this.#string();
    else if (!this.#literal()) this.#number();
  }

  #begin(kind: JsonKind): void {
    if (this.#open.length === MAX_NESTING_LEVELS) {
      throw new ResponseError('too-deep', `JSON is nested deeper than ${MAX_NESTING_LEVELS} levels`);
    }
    this.#open.push(this.#add(kind, this.#position + 1));
  }

  #close(container: JsonNode): void {
    this.#cells[container * CELLS_PER_NODE + 2] = this.#position;
    this.#cells[container * CELLS_PER_NODE + 3] = this.#nodes;
    this.#open.pop();
  }

  #string(): void {
    let end = this.#position + 1;
    for (let unit = this.#text.charCodeAt(end); unit !== QUOTE; unit = this.#text.charCodeAt(end)) {
      // Past the end of the text the unit is NaN, which is not below anything.
      if (unit < FIRST_UNESCAPED_UNIT || Number.isNaN(unit)) this.#fail();
      end += unit === BACKSLASH ? this.#lengthOf(ESCAPE, end) : 1;
    }
    this.#add('string', end + 1);
  }

  #number(): void {
    this.#add('number', this.#position + this.#lengthOf(NUMBER, this.#position));
  }

  #literal(): boolean {
    const literal = LITERALS.find((word) => this.#text.startsWith(word, this.#position));
    if (literal !== undefined) this.#add(literal, this.#position + literal.length);
    return literal !== undefined;
  }

  #lengthOf(pattern: RegExp, position: number): number {
    pattern.lastIndex = position;
    return pattern.test(this.#text) ? pattern.lastIndex - position : this.#fail();
  }

  /** Writes a value that ends at `end` and goes on from there. */
  #add(kind: JsonKind, end: number): JsonNode {
    const node = this.#nodes;
    if (this.#cells.length === node * CELLS_PER_NODE) this.#grow();
    const cell = node * CELLS_PER_NODE;
    this.#nodes = node + 1;
    this.#cells[cell] = KIND_CODES[kind];
    this.#cells[cell + 1] = this.#position;
    this.#cells[cell + 2] = end;
    this.#cells[cell + 3] = this.#nodes;
    this.#position = end;
    return node;
  }

  #grow(): void {
    const larger = new Int32Array(this.#cells.length * 2);
    larger.set(this.#cells);
    this.#cells = larger;
  }

  #takes(character: string): boolean {
    const isHere = this.#text[this.#position] === character;
    if (isHere) this.#position += 1;
    return isHere;
  }

  #skipBlanks(): void {
    while (BLANKS.has(this.#text.charCodeAt(this.#position))) this.#position += 1;
  }

  #fail(): never {
    throw new ResponseError('invalid-json', `no JSON: unexpected input at offset ${this.#position}`);
  }
}
