import { setTimeout as delay } from 'node:timers/promises';

/** The first pause where the server asks for none, and the longest of ours. */
const firstMs = 100;
const longestMs = 30_000;

/** The pauses before a stream is opened again: as long as the server asks, and growing where nothing comes. */
export class ReconnectPause {
  #failures = 0;

  /** How often it was waited since something came. */
  get failures(): number {
    return this.#failures;
  }

  /** Something came. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits; rejects with the reason of `signal` when that aborts. */
  async wait(retryMs: number | undefined, signal: AbortSignal): Promise<void> {
    const ownMs = Math.min(firstMs * 2 ** this.#failures, longestMs);
    // What the server asks for holds for the first time, too, and is a lower bound after that.
    const pauseMs = retryMs === undefined ? ownMs : Math.max(retryMs, this.#failures === 0 ? 0 : ownMs);
    this.#failures++;
    try {
      await delay(pauseMs, undefined, { signal, ref: false });
    } catch {
      signal.throwIfAborted();
    }
  }
}
