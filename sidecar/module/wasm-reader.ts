import { GuardError } from '../guard-error.ts';

/**
 * A cursor over the bytes of a WebAssembly module, bounded by the section that it reads. Whatever is not there or not
 * encoded as the specification says is GuardError GUARD_UNAVAILABLE, with the place.
 */
export class WasmReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #part: string;
  #at: number;

  /** Reads `span` of `bytes`, which `part` names in messages ("the import section"). */
  constructor(bytes: Uint8Array, part: string, span: { start: number; end: number }) {
    this.#bytes = bytes;
    this.#part = part;
    this.#at = span.start;
    this.#end = span.end;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  byte(): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
    this.#at++;
    return byte ?? this.fail('ends early');
  }

  /** Unsigned LEB128 of at most 32 bits: five bytes, no bits beyond. Padding is allowed, as linkers write it. */
  u32(): number {
    return this.#unsigned(32);
  }

  /** Unsigned LEB128 of at most 64 bits. Above 2^53 it is rounded: it only serves to be refused. */
  u64(): number {
    return this.#unsigned(64);
  }

  /** A name: its length and UTF-8. Untrusted. */
  name(): string {
    const bytes = this.#take(this.u32());
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return this.fail('holds a name that is not UTF-8');
    }
  }

  /** The number of entries that follow, `what` being their name. */
  count(what: string, limit: number): number {
    const count = this.u32();
    if (count > limit) this.fail(`has ${count} ${what} but may have ${limit}`);
    return count;
  }

  /** Reads a vector of at most `limit` entries; `read` must read each. */
  each(what: string, limit: number, read: () => void): void {
    for (let left = this.count(what, limit); left > 0; left--) read();
  }

  /** A reader of the next `length` bytes, which are skipped here. */
  part(name: string, length: number): WasmReader {
    const start = this.#at;
    this.#take(length);
    return new WasmReader(this.#bytes, name, { start, end: start + length });
  }

  /** Refuses the module; `problem` is a verb and what it applies to. */
  fail(problem: string): never {
    const sentence = `its ${this.#part} ${problem} (at byte ${this.#at} of ${this.#bytes.length}); build or copy the module again`;
    throw new GuardError('GUARD_UNAVAILABLE', sentence);
  }

  #take(length: number): Uint8Array {
    if (length > this.#end - this.#at) this.fail(`ends early: ${length} bytes should follow`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #unsigned(bits: 32 | 64): number {
    const lastByte = Math.ceil(bits / 7) - 1;
    let value = 0;
    for (let index = 0; index < lastByte; index++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    // The last byte has room for what is left of the bits, and none for a continuation.
    const byte = this.byte();
    if (byte >= 2 ** (bits - 7 * lastByte)) this.fail(`holds a number of more than ${bits} bits`);
    return value + byte * 2 ** (7 * lastByte);
  }
}
