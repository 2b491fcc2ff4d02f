import { execFile, spawnSync } from 'node:child_process';
import { cp, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** What is built from where, and how. */
export interface ExampleGateway {
  /** Below `examples`. */
  readonly folder: string;
  /** Says whether the toolchain is there, and new enough. */
  readonly toolchain: readonly [command: string, ...args: string[]];
  /** What runs it, within its folder. */
  readonly program: readonly [command: string, ...args: string[]];
}

/** An example gateway that was built, in a copy of its own, by the commands of its README. */
export class BuiltGateway implements AsyncDisposable {
  readonly #copy: string;
  readonly #example: ExampleGateway;

  private constructor(copy: string, example: ExampleGateway) {
    this.#copy = copy;
    this.#example = example;
  }

  /** Why it cannot be built on this machine; nothing where the toolchain is there. */
  static lackOf({ folder, toolchain: [command, ...args] }: ExampleGateway): string | undefined {
    const { status } = spawnSync(command, args);
    return status === 0
      ? undefined
      : `${command} is not on this machine, or too old: examples/${folder} WAS NOT TESTED`;
  }

  /**
   * Builds one. The first command of the README fetches packages: where they cannot be had, that is what comes back, in
   * words. Throws where any other command fails; one of them runs the example's own tests.
   */
  static async build(example: ExampleGateway): Promise<BuiltGateway | string> {
    const copy = await temporaryFolder();
    for (const part of ['buf.yaml', 'proto', 'test/vectors', join('examples', example.folder)])
      await cp(join(root, part), join(copy, part), { recursive: true, filter: isSource });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    const built = new BuiltGateway(copy, example);
    const [fetching = '', ...building] = await built.#commands();
    try {
      await built.#run(fetching);
    } catch (error) {
      await built[Symbol.asyncDispose]();
      return `its packages cannot be had: examples/${example.folder} WAS NOT TESTED: ${error}`;
    }
    for (const command of building) await built.#run(command);
    return built;
  }

  /** The command line that runs it. */
  get commandLine(): readonly [command: string, ...args: string[]] {
    const [command, ...args] = this.#example.program;
    const here = (word: string) => join(this.#folder, word);
    return [here(command), ...args.map(here)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#copy, { recursive: true, force: true });
  }

  get #folder(): string {
    return join(this.#copy, 'examples', this.#example.folder);
  }

  async #commands(): Promise<string[]> {
    const page = await readFile(join(this.#folder, 'README.md'), 'utf8');
    const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(page) ?? [];
    return block.trimEnd().split('\n');
  }

  #run(command: string): Promise<unknown> {
    return run('sh', ['-ec', command], { cwd: this.#folder });
  }
}

const built = /\/(?:labelerv1|gen|\.venv|__pycache__|gateway)$/;

/** What was built in the checkout is built again. */
function isSource(path: string): boolean {
  return path.startsWith(join(root, 'proto')) || !built.test(path);
}
