import type { LogLevel } from './protocol.ts';

/** Longest line that is kept, in bytes; longer ones are cut. The ABI's number. */
const maxLineBytes = 8 * 1024;

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** What a guest writes for its operator, bounded for each call. */
export class GuestLog {
  readonly #write: (level: LogLevel, line: Uint8Array) => void;
  readonly #maxLines: number;
  #lines = 0;

  /** A call may write `maxLines`; the rest is counted. */
  constructor(write: (level: LogLevel, line: Uint8Array) => void, maxLines: number) {
    this.#write = write;
    this.#maxLines = maxLines;
  }

  line(level: LogLevel, text: Uint8Array): void {
    this.#lines++;
    if (this.#lines <= this.#maxLines) this.#write(level, text.subarray(0, maxLineBytes));
  }

  /** `host_log`'s numbers; one that the ABI does not know is an error line. */
  hostLog(level: number, text: Uint8Array): void {
    this.line(levels[level] ?? 'error', text);
  }

  /** At the end of each call: says how many lines were dropped. */
  endCall(): void {
    const dropped = this.#lines - this.#maxLines;
    if (dropped > 0)
      this.#write(
        'warn',
        Buffer.from(`${dropped} more lines were dropped: a call may write ${this.#maxLines}`),
      );
    this.#lines = 0;
  }
}
