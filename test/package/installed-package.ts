import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, realpath, rm, symlink } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { FinishedCommand } from '../harness/finished-command.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** What `npm pack` says about the package. */
export interface PackReport {
  readonly filename: string;
  /** Of the packed file, in bytes. */
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** The package as `npm pack` makes it of this checkout, installed by `npm install --global` into a folder of its own. */
export class InstalledPackage implements AsyncDisposable {
  readonly report: PackReport;
  readonly #folder: string;
  readonly #children = new Set<ChildProcess>();

  private constructor(folder: string, report: PackReport) {
    this.#folder = folder;
    this.report = report;
  }

  static async make(): Promise<InstalledPackage> {
    const folder = await temporaryFolder();
    try {
      const checkout = await copyOfCheckout(join(folder, 'checkout'));
      const report = await pack(checkout, folder);
      const install = ['install', '--global', '--prefix', join(folder, 'prefix'), ...quietly];
      await run('npm', [...install, '--prefer-offline', join(folder, report.filename)], { cwd: folder });
      return new InstalledPackage(folder, report);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Where npm put it. */
  get folder(): string {
    return join(this.#folder, 'prefix', 'lib', 'node_modules', 'sluice');
  }

  /** For files of the tests. */
  get temporary(): string {
    return this.#folder;
  }

  /** Of whoever runs its commands: they and this Node come first, then what the project's own scripts find. */
  get env(): Record<string, string> {
    const places = [join(this.#folder, 'prefix', 'bin'), dirname(process.execPath)];
    const PATH = [...places, join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
    return { PATH, TMPDIR: this.#folder };
  }

  /** Starts a command, with more variables than those of `env`. */
  start(command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
    const env = { ...this.env, ...more };
    const child = spawn(command, args, { cwd: this.#folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /** Runs a command that ends by itself. */
  async run(command: string, ...args: readonly string[]): Promise<FinishedCommand> {
    const child = this.start(command, args);
    const output = [text(child.stdout), text(child.stderr)] as const;
    const [[exitCode], stdout, stderr] = await Promise.all([once(child, 'close'), ...output]);
    return { stdout, stderr, exitCode };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Those that a test that failed has left.
    for (const child of this.#children) child.kill('SIGTERM');
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** No scripts of dependencies: none is needed, and whoever installs a tool for security may well forbid them. */
const quietly = ['--ignore-scripts', '--no-audit', '--no-fund'];

/** What git knows or would know: packing writes beside the sources, where other tests read. */
async function copyOfCheckout(target: string): Promise<string> {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout } = await run('git', list, { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  for (const path of stdout.split('\0').filter((each) => each !== '' && each !== 'node_modules')) {
    await mkdir(dirname(join(target, path)), { recursive: true });
    // A file that was removed and not yet committed is not there.
    await cp(join(root, path), join(target, path)).catch(ignoreMissing);
  }
  await symlink(await realpath(join(root, 'node_modules')), join(target, 'node_modules'));
  return target;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

async function pack(checkout: string, destination: string): Promise<PackReport> {
  const options = { cwd: checkout, maxBuffer: 16 * 1024 * 1024 };
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', destination], options);
  // What the script before it prints comes first; newer versions of npm answer by the package's name.
  const [report]: PackReport[] = Object.values(JSON.parse(stdout.slice(stdout.search(/^[[{]/m))));
  if (report === undefined) throw new Error('npm pack packed nothing');
  return report;
}
