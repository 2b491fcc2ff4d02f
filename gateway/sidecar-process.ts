import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Log } from './log.ts';
import { logArguments } from './log-settings.ts';
import { count } from './telemetry/instruments.ts';

/** The pauses between restarts of a sidecar that keeps dying, in milliseconds; the first is short, since calls wait. */
const firstRestartPauseMs = 50;
const maxRestartPauseMs = 5_000;
/** One that lived this long has recovered: the next pause is the first again. In milliseconds. */
const recoveredAfterMs = 10_000;
/** How long a stopping sidecar may take before it is killed, in milliseconds: more than it takes itself to drain. */
const stopWithinMs = 7_000;

/** How a sidecar ends that cannot use its configuration (its documented exit code): starting it again changes nothing. */
const configurationRefused = 'exit code 2';
const refusedSentence =
  'the sidecar cannot use its configuration (its own line above says why), so it is not started again and calls of its guards fail: correct the file, or send SIGHUP when what it names has changed';

const here = dirname(fileURLToPath(import.meta.url));
const sidecarMain = join(here, '..', 'sidecar', `main${import.meta.filename.slice(-3)}`);

/** What the gateway's own sidecar is started with. */
export interface SidecarProgram {
  /** The configuration file; the sidecar reads the `guards` section of it. */
  readonly configFile: string;
  /** Its environment: the variables that the `guards` section names, OpenTelemetry's, and no others. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A sidecar as a child process, over a socket in a private folder: started again when it dies, stopped with us. */
export class SidecarProcess implements AsyncDisposable {
  #program: SidecarProgram;
  readonly #folder: string;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  /** Settles with the next reload, and when we stop. */
  #reloaded = Promise.withResolvers<void>();
  readonly #supervision: Promise<void>;
  #child: ChildProcess | undefined;

  private constructor(program: SidecarProgram, folder: string, log: Log) {
    this.#program = program;
    this.#folder = folder;
    this.#log = log;
    this.#supervision = this.#supervise();
  }

  static async start(program: SidecarProgram, log: Log): Promise<SidecarProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-'));
    await chmod(folder, 0o700);
    return new SidecarProcess(program, folder, log);
  }

  /** Where it listens, once it does. */
  get address(): string {
    return `unix:${join(this.#folder, 'guard.sock')}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Has it read its configuration again; it is started again where it needs variables that it was not given, and where its
   * configuration could not be used. A guard that is asked meanwhile is asked again.
   */
  reload(environment: SidecarProgram['environment']): void {
    const isSame = isDeepStrictEqual(environment, this.#program.environment);
    this.#program = { ...this.#program, environment };
    this.#child?.kill(isSame ? 'SIGHUP' : 'SIGTERM');
    this.#reloaded.resolve();
    this.#reloaded = Promise.withResolvers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#reloaded.resolve();
    this.#child?.kill('SIGTERM');
    const killer = setTimeout(() => this.#child?.kill('SIGKILL'), stopWithinMs);
    await this.#supervision;
    clearTimeout(killer);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #supervise(): Promise<void> {
    const signal = this.#stopping.signal;
    let pauseMs = firstRestartPauseMs;
    count('sidecarExits', 0);
    while (!signal.aborted) {
      const startedAt = performance.now();
      const reloaded = this.#reloaded.promise;
      const end = await this.#run();
      if (signal.aborted) return;
      count('sidecarExits', 1);
      if (end === configurationRefused) {
        this.#log.write('error', refusedSentence);
        await reloaded;
        continue;
      }
      if (performance.now() - startedAt > recoveredAfterMs) pauseMs = firstRestartPauseMs;
      this.#log.write('error', `the sidecar ended (${end}); it is started again in ${pauseMs} ms`);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, maxRestartPauseMs);
    }
  }

  /** One life of the sidecar; how it ended. */
  async #run(): Promise<string> {
    const args = [
      sidecarMain,
      '--config',
      this.#program.configFile,
      '--listen',
      this.address,
      '--stop-with-stdin',
      ...logArguments(this.#log.settings),
    ];
    // Its log is ours. Its standard input is never written to: at its end the sidecar knows that we are gone.
    const { format, isColoured } = this.#log.settings;
    const isPlainText = format === 'text' && !isColoured;
    const child = spawn(process.execPath, args, {
      stdio: ['pipe', 'ignore', 'inherit'],
      // Its standard error is ours, so it shows colours where we do.
      env: { ...this.#program.environment, ...(isPlainText && { NO_COLOR: '1' }) },
    });
    this.#child = child;
    const { promise, resolve } = Promise.withResolvers<string>();
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    return promise;
  }
}
