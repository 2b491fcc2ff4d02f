/** A Docker daemon of the test's own, all of whose state is in a temporary folder. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** There is no event for a daemon that is up, in milliseconds. */
const checkMs = 200;
/** A daemon that is not up by then does not work on this machine, in milliseconds. */
const startMs = 30_000;

/** Why there is no daemon to be had. */
export class NoDaemon extends Error {}

export class DockerDaemon implements AsyncDisposable {
  /** As clients take it from DOCKER_HOST. */
  readonly host: string;
  readonly #folder: string;
  readonly #child: ChildProcessByStdio<null, null, Readable>;

  private constructor(folder: string) {
    this.#folder = folder;
    this.host = `unix://${folder}/docker.sock`;
    const args = [
      ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
      ...['--pidfile', join(folder, 'pid'), '-H', this.host],
    ];
    // Whatever becomes of the test, it ends with it.
    this.#child = spawn('setpriv', ['--pdeathsig', 'TERM', 'dockerd', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  /** Throws NoDaemon with the reason where none can be had: its folder is removed then. */
  static async start(): Promise<DockerDaemon> {
    if (process.getuid?.() !== 0) throw new NoDaemon('a Docker daemon needs root');
    if (!programs.every(isInstalled)) await install();
    // It would take the other's rules for packets away when it starts. Where there is systemd, installing it has started one.
    if (await isRunning('dockerd'))
      throw new NoDaemon('another Docker daemon runs on this machine: stop it first');
    const daemon = new DockerDaemon(await mkdtemp(join(tmpdir(), 'sluice-docker-')));
    try {
      await daemon.#isUp();
      return daemon;
    } catch (error) {
      await daemon[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await exited;
    }
    for (const mount of ['exec/netns/default', 'data'])
      await run('umount', [join(this.#folder, mount)]).catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #isUp(): Promise<void> {
    const said = text(this.#child.stderr);
    const timeout = AbortSignal.timeout(startMs);
    while (!timeout.aborted && this.#child.exitCode === null) {
      const isUp = await run('docker', ['info'], { DOCKER_HOST: this.host }).then(
        () => true,
        () => false,
      );
      if (isUp) return;
      await delay(checkMs);
    }
    this.#child.kill('SIGTERM');
    throw new NoDaemon(`the daemon did not come up: ${lastLine(await said)}`);
  }
}

/** Runs a command with more in its environment; its standard output. Throws what it said when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<string> {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env } });
  child.stdin.on('error', () => undefined).end(input);
  const output = [text(child.stdout), text(child.stderr)] as const;
  const [[exitCode], stdout, stderr] = await Promise.all([once(child, 'close'), ...output]);
  if (exitCode === 0) return stdout;
  throw new Error(
    `${command} ${args.join(' ')} ended with ${exitCode}: ${stdout.slice(-2_000)}${stderr.slice(-2_000)}`,
  );
}

const root = join(import.meta.dirname, '..', '..');

/** `setpriv` is util-linux's, which every Debian has; Debian's client is a package of its own since 13. */
const programs = ['dockerd', 'docker', 'docker-compose', 'setpriv'];

async function isRunning(name: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const names = pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''));
  return (await Promise.all(names)).some((each) => each.trim() === name);
}

function isInstalled(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}

/** Debian's packages; one that has neither them nor a way to them has no daemon. */
async function install(): Promise<void> {
  const missing = () => programs.filter((each) => !isInstalled(each)).join(', ');
  if (!isInstalled('apt-get')) throw new NoDaemon(`there is no ${missing()}, and no apt-get to install it`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const options = ['install', '-y', '-qq', '--no-install-recommends'];
  try {
    await run('apt-get', ['update', '-qq'], env);
    await run('apt-get', [...options, 'docker.io', 'docker-compose'], env);
    if (!isInstalled('docker')) await run('apt-get', [...options, 'docker-cli'], env);
  } catch (error) {
    throw new NoDaemon(`docker.io cannot be installed: ${lastLine(String(error))}`);
  }
  if (missing() !== '') throw new NoDaemon(`Debian's packages brought no ${missing()}`);
}

function lastLine(words: string): string {
  return words.trim().split('\n').at(-1) ?? '';
}
