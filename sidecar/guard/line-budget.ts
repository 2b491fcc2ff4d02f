import { guardLogBurstBytes, guardLogBytesPerSecond, logLineOverheadBytes } from '../limits.ts';

/** How much one guard may still write into the log: a burst, and then so much a second. */
export class LineBudget {
  #leftBytes = guardLogBurstBytes;
  #atMs: number;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** Whether a line of so many characters may be written now; it is paid for then. */
  take(length: number, nowMs: number): boolean {
    const earnedBytes = ((nowMs - this.#atMs) / 1_000) * guardLogBytesPerSecond;
    this.#atMs = nowMs;
    this.#leftBytes = Math.min(guardLogBurstBytes, this.#leftBytes + earnedBytes);
    const cost = length + logLineOverheadBytes;
    if (cost > this.#leftBytes) return false;
    this.#leftBytes -= cost;
    return true;
  }
}
