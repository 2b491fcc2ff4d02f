import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A program named `docker` that notes what it is told. A container is a plain process in a session of its own, as a daemon's are: it
 * outlives the client that is attached to it. The image is the file of a program for Node.
 */
export class FakeDocker implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<FakeDocker> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-docker-'));
    const file = join(folder, 'docker');
    await writeFile(file, `#!${process.execPath}\nconst folder = ${JSON.stringify(folder)};\n${program}`);
    await chmod(file, 0o755);
    return new FakeDocker(folder);
  }

  get command(): string {
    return join(this.#folder, 'docker');
  }

  /** The arguments of each time that it was run. */
  async runs(): Promise<readonly (readonly string[])[]> {
    const text = await readFile(join(this.#folder, 'runs'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  /** The process of a container. */
  async pidOf(name: string): Promise<number> {
    return Number(await readFile(join(this.#folder, name), 'utf8'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

const program = `
const { appendFileSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
const { join } = require('node:path');
const args = process.argv.slice(2);
appendFileSync(join(folder, 'runs'), JSON.stringify(args) + '\\n');
const command = args.find((arg) => arg === 'run' || arg === 'rm');
if (command === 'rm') {
  const file = join(folder, args.at(-1));
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
    rmSync(file);
  } catch {
    console.error('Error response from daemon: No such container: ' + args.at(-1));
    process.exit(1);
  }
} else {
  const name = args[args.indexOf('--name') + 1];
  const image = args.findIndex((arg) => arg.endsWith('.ts') || arg.endsWith('.cjs'));
  const own = { detached: true, stdio: 'inherit' };
  const container = spawn(process.execPath, args.slice(image), own);
  writeFileSync(join(folder, name), String(container.pid));
  container.on('exit', (code) => {
    rmSync(join(folder, name), { force: true });
    process.exit(code ?? 137);
  });
}`;
