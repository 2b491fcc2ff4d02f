import type { LogLevel } from './protocol.ts';

/** Longest line that is kept, in bytes; longer ones are cut. The ABI's number. */
const maxLineBytes = 8 * 1024;
/** Most lines that one call may write; the rest is counted. The ABI's number. */
const maxLinesPerCall = 1_000;

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** What a guest writes for its operator, bounded for each call. */
export class GuestLog {
  readonly #write: (level: LogLevel, line: Uint8Array) => void;
  #lines = 0;

  constructor(write: (level: LogLevel, line: Uint8Array) => void) {
    this.#write = write;
  }

  line(level: LogLevel, text: Uint8Array): void {
    this.#lines++;
    if (this.#lines <= maxLinesPerCall) this.#write(level, text.subarray(0, maxLineBytes));
  }

  /** `host_log`'s numbers; one that the ABI does not know is an error line. */
  hostLog(level: number, text: Uint8Array): void {
    this.line(levels[level] ?? 'error', text);
  }

  /** At the end of each call: says how many lines were dropped. */
  endCall(): void {
    const dropped = this.#lines - maxLinesPerCall;
    if (dropped > 0)
      this.#write('warn', Buffer.from(`${dropped} more lines were dropped: a call may write 1,000`));
    this.#lines = 0;
  }
}
