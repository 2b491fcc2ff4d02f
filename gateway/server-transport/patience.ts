import { setTimeout as delay } from 'node:timers/promises';
import { TransportError } from './transport-error.ts';

/** The pause after the first failure, and the longest: a server that comes up should not be waited for much longer than it takes. */
const firstMs = 100;
const longestMs = 2_000;

/** What a proxy answers for a server that is not there yet. */
const isAwaited: readonly (number | undefined)[] = [502, 503, 504];

/**
 * Waits for a server that may still be starting. All connections to it share this: it is waited for once, and after that every
 * attempt fails at once until one succeeds.
 */
export class Patience {
  readonly #timeoutMs: number;
  readonly #now: () => number;
  /** Until when it is waited for, since it was found missing. */
  #until: number | undefined;
  #isExhausted = false;

  constructor(timeoutMs: number, now: () => number = () => performance.now()) {
    this.#timeoutMs = timeoutMs;
    this.#now = now;
  }

  /** Makes attempts until one is not refused by absence, or patience is over; then throws what the last one threw, or the reason of `signal`. */
  async attempt<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    // An attempt that was given up before the time was over has proved nothing.
    if (!this.#isExhausted && this.#now() > (this.#until ?? Infinity)) this.#until = undefined;
    for (let pauseMs = firstMs; ; pauseMs = Math.min(pauseMs * 2, longestMs)) {
      try {
        return this.#reached(await work());
      } catch (error) {
        signal.throwIfAborted();
        if (!isAbsence(error)) throw error;
        this.#until ??= this.#now() + this.#timeoutMs;
        const waitMs = Math.max(pauseMs, askedFor(error));
        this.#isExhausted ||= this.#now() + waitMs > this.#until;
        if (this.#isExhausted) throw error;
        await delay(waitMs, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
      }
    }
  }

  #reached<T>(result: T): T {
    this.#until = undefined;
    this.#isExhausted = false;
    return result;
  }
}

function isAbsence(error: unknown): error is TransportError {
  return (
    error instanceof TransportError && (error.code === 'UNREACHABLE' || isAwaited.includes(error.status))
  );
}

/** The `Retry-After` of a refusal, in milliseconds; 0 where it says none, or a date. */
function askedFor(error: TransportError): number {
  const seconds = Number(error.refusal?.retryAfter);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}
