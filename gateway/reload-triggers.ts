import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Log } from './log.ts';
import { wordsOf } from './words-of.ts';

/** How long a file must have rested before it is read, in milliseconds: editors write one in several steps. */
const settleMs = 200;

/** What makes a gateway read its configuration again: SIGHUP, and a configuration file that changes. */
export class ReloadTriggers implements Disposable {
  readonly #log: Log;
  readonly #onHangUp = () => this.#trigger();
  #reload: (() => Promise<void>) | undefined;
  /** One after the other: the last configuration is the one that holds. */
  #reloading = Promise.resolve();
  /** It came while there was nothing to reload yet. */
  #isDue = false;
  #watcher: FSWatcher | undefined;
  #settling: NodeJS.Timeout | undefined;

  /** From here on SIGHUP does not end the process. */
  constructor(log: Log) {
    this.#log = log;
    process.on('SIGHUP', this.#onHangUp);
  }

  /** What to do. A signal that came before is obeyed now. */
  start(reload: () => Promise<void>): void {
    this.#reload = reload;
    if (this.#isDue) this.#trigger();
  }

  /** Watches a file: its folder rather than itself, since one that is replaced is another file. */
  async watch(path: string): Promise<void> {
    let seen = await versionOf(path);
    const look = async () => {
      const version = await versionOf(path);
      if (version === seen) return;
      seen = version;
      this.#trigger();
    };
    try {
      this.#watcher = watch(dirname(resolve(path)), { persistent: false }, () => this.#settle(look));
      this.#watcher.on('error', (error) => this.#cannotWatch(path, error));
    } catch (error) {
      this.#cannotWatch(path, error);
    }
  }

  [Symbol.dispose](): void {
    process.off('SIGHUP', this.#onHangUp);
    clearTimeout(this.#settling);
    this.#watcher?.close();
  }

  #settle(look: () => Promise<void>): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void look(), settleMs).unref();
  }

  #trigger(): void {
    const reload = this.#reload;
    this.#isDue = reload === undefined;
    if (reload === undefined) return;
    this.#reloading = this.#reloading.then(reload).catch((error: unknown) => {
      const words = wordsOf(error);
      this.#log.write('error', `nothing was reloaded, what was configured before goes on: ${words}`);
    });
  }

  #cannotWatch(path: string, error: unknown): void {
    this.#watcher?.close();
    this.#log.write('warn', `${path} cannot be watched (${String(error)}); send SIGHUP after changes`);
  }
}

/** Another one for each content that a path leads to, links followed; the same while there is nothing. */
async function versionOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? '' : `${found.dev}:${found.ino}:${found.mtimeNs}:${found.size}`;
}
