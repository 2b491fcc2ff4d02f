import { LineReader } from '../server-transport/line-reader.ts';
import { TransportError } from '../server-transport/transport-error.ts';

const lineFeed = 0x0a;

/** The lines of a client. One above the limit is thrown away up to its end, told once, and does not end the rest. */
export class ClientLines {
  readonly #limitBytes: number;
  readonly #tooLong: () => void;
  #reader: LineReader;
  /** The rest of a line that was too long. */
  #isSkipping = false;

  /** `tooLong` is called where such a line stands. */
  constructor(limitBytes: number, tooLong: () => void) {
    this.#limitBytes = limitBytes;
    this.#tooLong = tooLong;
    this.#reader = new LineReader(limitBytes);
  }

  /** Tells each line that ends in `chunk`, without its end. */
  read(chunk: Buffer, take: (line: string) => void): void {
    for (let start = 0; start < chunk.length; ) {
      const feed = chunk.indexOf(lineFeed, start);
      const end = feed === -1 ? chunk.length : feed + 1;
      this.#readPart(chunk.subarray(start, end), feed !== -1, take);
      start = end;
    }
  }

  #readPart(part: Buffer, isEnd: boolean, take: (line: string) => void): void {
    if (!this.#isSkipping) for (const line of this.#linesOf(part)) take(line);
    if (isEnd) this.#isSkipping = false;
  }

  #linesOf(part: Buffer): string[] {
    try {
      return this.#reader.read(part);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      this.#reader = new LineReader(this.#limitBytes);
      this.#isSkipping = true;
      this.#tooLong();
      return [];
    }
  }
}
