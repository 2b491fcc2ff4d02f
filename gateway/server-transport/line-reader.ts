import { maxMessageBytes } from './server-transport.ts';
import { TransportError } from './transport-error.ts';

const lineFeed = 0x0a;

/** Cuts a stream of bytes into lines of UTF-8. Chunks may end anywhere, also within a character. */
export class LineReader {
  readonly #limitBytes: number;
  #parts: Buffer[] = [];
  #partBytes = 0;

  constructor(limitBytes = maxMessageBytes) {
    this.#limitBytes = limitBytes;
  }

  /** The lines that end in `chunk`, without their ends. Throws TOO_LARGE for a line above the limit. */
  read(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.#keep(chunk.subarray(start, end));
      lines.push(this.#take());
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  #keep(part: Buffer): void {
    this.#partBytes += part.length;
    if (this.#partBytes > this.#limitBytes)
      throw new TransportError('TOO_LARGE', `a line is longer than ${this.#limitBytes} bytes`);
    this.#parts.push(part);
  }

  #take(): string {
    const [first, ...others] = this.#parts;
    this.#parts = [];
    this.#partBytes = 0;
    if (first === undefined) return '';
    const line = others.length === 0 ? first : Buffer.concat([first, ...others]);
    return line.toString();
  }
}
