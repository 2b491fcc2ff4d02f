import { execFile } from 'node:child_process';
import { copyFile, rm, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const root = join(import.meta.dirname, '..', '..');

/** What the npm package and the image run, compiled as `npm pack` and the Dockerfile do it, into a folder of its own. */
export class CompiledSidecar implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<CompiledSidecar> {
    const compiled = new CompiledSidecar(await temporaryFolder());
    try {
      await compiled.#fill();
      return compiled;
    } catch (error) {
      await compiled[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The program of the sidecar. */
  get main(): string {
    return join(this.#folder, 'dist', 'sidecar', 'main.js');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #fill(): Promise<void> {
    const PATH = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
    const build = [join(root, 'scripts', 'build-package.ts'), join(this.#folder, 'dist')];
    await promisify(execFile)(process.execPath, build, { env: { ...process.env, PATH } });
    await copyFile(join(root, 'package.json'), join(this.#folder, 'package.json'));
    await symlink(join(root, 'node_modules'), join(this.#folder, 'node_modules'));
  }
}
