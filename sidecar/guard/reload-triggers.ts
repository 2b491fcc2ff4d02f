import { type FSWatcher, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { settleMs } from '../limits.ts';
import type { Log } from '../log.ts';

/** What makes a sidecar read its configuration and its guards again: SIGHUP, and files that change where it watches them. */
export class ReloadTriggers implements Disposable {
  readonly #log: Log;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #onHangUp = () => this.#trigger();
  #reload: (() => Promise<unknown>) | undefined;
  #watchedPaths: () => readonly string[] = () => [];
  /** It came while there was nothing to reload yet. */
  #isDue = false;
  #settling: NodeJS.Timeout | undefined;

  /** From here on SIGHUP does not end the process. */
  constructor(log: Log) {
    this.#log = log;
    process.on('SIGHUP', this.#onHangUp);
  }

  /** What to do. A signal that came before is obeyed now. */
  start(reload: () => Promise<unknown>): void {
    this.#reload = reload;
    if (this.#isDue) this.#trigger();
  }

  /** Watches the folders of these files, whichever they are after each reload. */
  watch(paths: () => readonly string[]): void {
    this.#watchedPaths = paths;
    this.#watchFolders();
  }

  [Symbol.dispose](): void {
    process.off('SIGHUP', this.#onHangUp);
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  async #trigger(): Promise<void> {
    this.#isDue = this.#reload === undefined;
    try {
      await this.#reload?.();
      this.#watchFolders();
    } catch (error) {
      this.#log.write(
        'error',
        `nothing was reloaded: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** Folders rather than files: a file that is replaced is another one, and links change beside it. */
  #watchFolders(): void {
    const folders = new Set(this.#watchedPaths().map((path) => dirname(resolve(path))));
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watchFolder(folder);
  }

  #watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#settle());
      watcher.on('error', (error) => this.#cannotWatch(folder, error));
      this.#watchers.set(folder, watcher);
    } catch (error) {
      this.#cannotWatch(folder, error);
    }
  }

  #cannotWatch(folder: string, error: unknown): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
    this.#log.write(
      'warn',
      `the folder ${folder} cannot be watched (${String(error)}); send SIGHUP after changes`,
    );
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#trigger(), settleMs).unref();
  }
}
