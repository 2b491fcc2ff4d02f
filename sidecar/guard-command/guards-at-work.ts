import type { JsonObject } from '../config/json-value.ts';
import { guardFile } from './guard-file.ts';
import { TriedGuard } from './tried-guard.ts';

/** Guards that run at the same time, each with a process and a spare; the one that was asked longest ago makes room. */
const maxRunning = 4;

/** The guards of many cases: each is started once, as long as it is in use. */
export class GuardsAtWork implements AsyncDisposable {
  readonly #running = new Map<string, Promise<TriedGuard>>();

  /** Throws as `guardFile` and `TriedGuard.start` do; the same each time. */
  async guard(path: string, limits: JsonObject | undefined, signal: AbortSignal): Promise<TriedGuard> {
    const key = JSON.stringify([path, limits ?? {}]);
    const known = this.#running.get(key);
    const guard = known ?? guardFile(path, limits).then((config) => TriedGuard.start(config, signal));
    this.#running.delete(key);
    this.#running.set(key, guard);
    await this.#makeRoom();
    return guard;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(all.map(close));
  }

  async #makeRoom(): Promise<void> {
    const [oldest] = this.#running;
    if (oldest === undefined || this.#running.size <= maxRunning) return;
    this.#running.delete(oldest[0]);
    await close(oldest[1]);
  }
}

/** One that did not start has been told of already. */
async function close(starting: Promise<TriedGuard>): Promise<void> {
  const guard = await starting.catch(() => undefined);
  await guard?.[Symbol.asyncDispose]();
}
