import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../policy/json-value.ts';

/** A configuration for the sidecar in a private folder, for as long as the gateway lives. */
export class GuardsFile implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes it, for our own user's eyes only. */
  static async write(guards: JsonObject): Promise<GuardsFile> {
    // mkdtemp makes folders of mode 0700.
    const file = new GuardsFile(await mkdtemp(join(tmpdir(), 'sluice-guards-')));
    await writeFile(file.path, JSON.stringify(guards), { mode: 0o600, flag: 'wx' });
    return file;
  }

  /** Puts others in their place, all at once. */
  async replace(guards: JsonObject): Promise<void> {
    const next = `${this.path}.next`;
    await writeFile(next, JSON.stringify(guards), { mode: 0o600, flag: 'w' });
    await rename(next, this.path);
  }

  get path(): string {
    return join(this.#folder, 'guards.json');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
