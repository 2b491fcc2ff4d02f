import { isUtf8 } from 'node:buffer';
import { GuardError } from '../guard-error.ts';
import { maxJsonDepth, maxOutputBytes } from '../limits.ts';
import {
  backslash,
  closeArray,
  closeObject,
  colon,
  comma,
  escapeLength,
  isDigit,
  type JsonKind,
  kindOf,
  minus,
  openArray,
  openObject,
  quote,
  zero,
} from './json-characters.ts';

/** A stretch of the JSON text, in UTF-16 code units, the end exclusive. */
export interface Span {
  start: number;
  end: number;
}

const literals = ['true', 'false', 'null'];

/**
 * A cursor over JSON that a guard wrote (RFC 8259, strict). It makes values only of what is asked for and skips the rest
 * unmade: `JSON.parse` takes seconds for 16 MiB of brackets or of names, and it loses the spelling of numbers.
 *
 * Each method reads one value from where the cursor is; what is not JSON is GuardError INVALID_OUTPUT.
 */
export class JsonReader {
  readonly #text: string;
  readonly #from: string;
  #at: number;

  private constructor(text: string, from: string, start: number) {
    this.#text = text;
    this.#from = from;
    this.#at = start;
  }

  /** Reads the output of the export `from`, which is measured and checked for UTF-8 first. */
  static of(output: Uint8Array, from: string): JsonReader {
    const isWithinLimit = output.length <= maxOutputBytes;
    const isText = isWithinLimit && isUtf8(output);
    const bytes = Buffer.from(output.buffer, output.byteOffset, isText ? output.length : 0);
    // Buffer keeps a byte order mark, which is not JSON.
    const reader = new JsonReader(bytes.toString('utf8'), from, 0);
    if (!isWithinLimit) reader.fail(`is ${output.length} bytes long, above the limit of ${maxOutputBytes}`);
    if (!isText) reader.fail('is not UTF-8');
    return reader;
  }

  /** A reader of the same text from `span` on. */
  within(span: Span): JsonReader {
    return new JsonReader(this.#text, this.#from, span.start);
  }

  /** Ends the reading: the output `problem` (a verb and what it applies to). */
  fail(problem: string): never {
    throw new GuardError('INVALID_OUTPUT', `its ${this.#from} output ${problem}`);
  }

  /** What the next value is. Only its first character is looked at. */
  kind(): JsonKind {
    return kindOf(this.#peek());
  }

  /** Reads an object; `readMember` must read each member's value. A name may come more than once. */
  object(readMember: (name: string) => void): void {
    this.#expect(openObject);
    if (this.#take(closeObject)) return;
    do {
      const name = this.string();
      this.#expect(colon);
      readMember(name);
    } while (this.#take(comma));
    this.#expect(closeObject);
  }

  /** Reads an array; `readElement` must read each element. */
  array(readElement: () => void): void {
    this.#expect(openArray);
    if (this.#take(closeArray)) return;
    do {
      readElement();
    } while (this.#take(comma));
    this.#expect(closeArray);
  }

  /** Reads a string. */
  string(): string {
    if (this.#peek() !== quote) this.#failHere();
    const start = this.#at;
    const isPlain = this.#skipString();
    if (isPlain) return this.#text.slice(start + 1, this.#at - 1);
    const unescaped: string = JSON.parse(this.#text.slice(start, this.#at));
    return unescaped;
  }

  /** Skips a value, checking its grammar, and says where it was. */
  skip(): Span {
    this.#peek();
    const start = this.#at;
    const closings: number[] = [];
    do {
      const opened = this.#skipScalarOrOpen(closings.length);
      if (opened !== undefined) closings.push(opened);
      else this.#skipClosings(closings);
      if (closings.at(-1) === closeObject) this.#skipName();
    } while (closings.length > 0);
    return { start, end: this.#at };
  }

  /** Reads a value by `read`. Where that fails it is skipped, and the failure kept for whoever wants what was read. */
  attempt<Value>(read: () => Value): () => Value {
    const start = this.#at;
    try {
      const value = read();
      return () => value;
    } catch (error) {
      this.#at = start;
      this.skip();
      return () => {
        throw error;
      };
    }
  }

  /** The exact text of a value that was skipped. */
  text(span: Span): string {
    return this.#text.slice(span.start, span.end);
  }

  /** Nothing but white space may follow. */
  end(): void {
    this.#peek();
    if (this.#at < this.#text.length) this.#failHere();
  }

  /** Skips a scalar or an empty container, or opens a container: then the result is what will close it. */
  #skipScalarOrOpen(depth: number): number | undefined {
    const first = this.#peek();
    if (first !== openObject && first !== openArray) {
      this.#skipScalar(first);
      return undefined;
    }
    this.#at++;
    if (depth >= maxJsonDepth) this.fail(`is nested deeper than ${maxJsonDepth} levels`);
    const closing = first === openObject ? closeObject : closeArray;
    if (this.#take(closing)) return undefined;
    return closing;
  }

  /** After a value: skips the ends of containers up to a comma, or up to the end of the outermost one. */
  #skipClosings(closings: number[]): void {
    while (closings.length > 0) {
      const next = this.#peek();
      if (next !== comma && next !== closings.pop()) this.#failHere();
      this.#at++;
      if (next === comma) return;
    }
  }

  #skipName(): void {
    if (this.#peek() !== quote) this.#failHere();
    this.#skipString();
    this.#expect(colon);
  }

  #skipScalar(first: number): void {
    if (first === quote) this.#skipString();
    else if (first === minus || isDigit(first)) this.#skipNumber();
    else this.#skipLiteral();
  }

  /** Skips a string; true when it holds no escapes. */
  #skipString(): boolean {
    const text = this.#text;
    let isPlain = true;
    let at = this.#at + 1;
    for (let code = text.charCodeAt(at); code !== quote; code = text.charCodeAt(at)) {
      // At the end of the text the code is NaN.
      if (!(code >= 0x20)) this.#failHere(at);
      if (code === backslash) isPlain = false;
      at += code === backslash ? (escapeLength(text, at) ?? this.#failHere(at)) : 1;
    }
    this.#at = at + 1;
    return isPlain;
  }

  #skipNumber(): void {
    const text = this.#text;
    if (text.charCodeAt(this.#at) === minus) this.#at++;
    if (text.charCodeAt(this.#at) === zero) this.#at++;
    else this.#skipDigits();
    if (text.charAt(this.#at) === '.') {
      this.#at++;
      this.#skipDigits();
    }
    if ((text.charCodeAt(this.#at) | 0x20) === 0x65) {
      const sign = text.charAt(this.#at + 1);
      this.#at += sign === '+' || sign === '-' ? 2 : 1;
      this.#skipDigits();
    }
  }

  #skipDigits(): void {
    const start = this.#at;
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++;
    if (this.#at === start) this.#failHere();
  }

  #skipLiteral(): void {
    const literal = literals.find((each) => this.#text.startsWith(each, this.#at));
    this.#at += literal?.length ?? this.#failHere();
  }

  /** The next character that is no white space; NaN at the end. */
  #peek(): number {
    const text = this.#text;
    let at = this.#at;
    let code = text.charCodeAt(at);
    // Most of the time there is no white space.
    if (code > 0x20) return code;
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);
    this.#at = at;
    return code;
  }

  #take(code: number): boolean {
    const isNext = this.#peek() === code;
    if (isNext) this.#at++;
    return isNext;
  }

  #expect(code: number): void {
    if (!this.#take(code)) this.#failHere();
  }

  #failHere(at = this.#at): never {
    this.fail(`is not JSON: it goes wrong at character ${at} of ${this.#text.length}`);
  }
}
