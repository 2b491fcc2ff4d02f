/** Longest line, in bytes: what one log line holds (the guard ABI). A longer one becomes several. */
const maxLineBytes = 8 * 1024;

const lineEnd = 0x0a;

/** What a guest writes to one stream, as lines. */
export class WasiLines {
  readonly #write: (line: string) => void;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** Made when the guest first writes: most never do. */
  #line = new Uint8Array(0);
  #length = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  write(bytes: Uint8Array): void {
    let rest = bytes;
    for (let end = rest.indexOf(lineEnd); end >= 0; end = rest.indexOf(lineEnd)) {
      this.#append(rest.subarray(0, end));
      this.#emit(false);
      rest = rest.subarray(end + 1);
    }
    this.#append(rest);
  }

  /** Writes what has no line end yet. */
  flush(): void {
    if (this.#length > 0) this.#emit(false);
  }

  #append(bytes: Uint8Array): void {
    if (this.#line.length === 0) this.#line = new Uint8Array(maxLineBytes);
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#length === maxLineBytes) this.#emit(true);
      const part = rest.subarray(0, maxLineBytes - this.#length);
      this.#line.set(part, this.#length);
      this.#length += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /** A line that `goesOn` may end within a character, which then begins the next one. */
  #emit(goesOn: boolean): void {
    const line = this.#decoder.decode(this.#line.subarray(0, this.#length), { stream: goesOn });
    this.#length = 0;
    this.#write(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}
