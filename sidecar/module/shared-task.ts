import { orAborted } from '../or-aborted.ts';

/** Work that several wait for. It goes on as long as one of them does. */
export class SharedTask<T> {
  readonly #result: Promise<T>;
  readonly #abandoned = new AbortController();
  #waiters = 0;

  /** Starts it; `run` gets a signal that is aborted when nobody waits any more. */
  constructor(run: (signal: AbortSignal) => Promise<T>) {
    this.#result = run(this.#abandoned.signal);
    this.#result.catch(() => undefined);
  }

  /** Nobody waits, so it is being given up. */
  get isAbandoned(): boolean {
    return this.#abandoned.signal.aborted;
  }

  /** What it comes to. Rejects with the signal's reason when that is first. */
  async join(signal: AbortSignal): Promise<T> {
    this.#waiters++;
    try {
      return await orAborted(this.#result, signal);
    } finally {
      this.#waiters--;
      if (this.#waiters === 0) this.#abandoned.abort();
    }
  }
}
