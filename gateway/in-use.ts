import { until } from './until.ts';

/** Counts who uses something, so that it is not taken away under their hands. */
export class InUse {
  #users = 0;
  #idle = Promise.withResolvers<void>();

  begin(): Disposable {
    this.#users++;
    return { [Symbol.dispose]: () => this.#end() };
  }

  /** Settles when nobody uses it, and after so many milliseconds in any case. */
  async idle(maxMs: number): Promise<void> {
    if (this.#users > 0) await until(this.#idle.promise, AbortSignal.timeout(maxMs)).catch(() => undefined);
  }

  #end(): void {
    this.#users--;
    if (this.#users > 0) return;
    this.#idle.resolve();
    this.#idle = Promise.withResolvers();
  }
}
