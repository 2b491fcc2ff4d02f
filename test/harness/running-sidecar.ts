import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { credentials } from '@grpc/grpc-js';
import { LabelerServiceClient } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { GuardLimits } from '../../sidecar/guard-limits.ts';
import { childrenOf } from './child-processes.ts';
import { GuardStream } from './guard-stream.ts';
import { guardBytes, temporaryFolder } from './wasm-guard.ts';

const sidecarMain = join(import.meta.dirname, '..', '..', 'sidecar', 'main.ts');

/** How a test's sidecar is started. */
export interface SidecarOptions {
  /** Its program: the source, where nothing is given. */
  readonly main?: string;
  /** A socket in its folder where nothing is given. */
  readonly listen?: string;
  readonly stopsWithStdin?: boolean;
  /** Whether it serves its administration, on `admin.sock` in its folder. */
  readonly isAdministered?: boolean;
  /** Whether it watches its files. */
  readonly watches?: boolean;
  /** Its environment; none, where nothing is given. */
  readonly env?: Readonly<Record<string, string>>;
  /** How it logs; everything that it and its guests write, where nothing is given. */
  readonly logs?: readonly string[];
  /** Further words of its command line. */
  readonly args?: readonly string[];
  /** What it has logged when it is ready for the test; that it listens, where nothing is given. */
  readonly isReady?: string;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
}

/** How a guest is configured, where it is not as by default. */
export interface GuestSettings {
  /** The file under test/guards, where it is not the guard's name. */
  readonly guest?: string;
  readonly limits?: Partial<GuardLimits>;
  readonly sha256?: string;
  readonly policy?: object;
}

/** One line of the sidecar's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly guard?: string;
}

/** A real sidecar as a process of its own, in a temporary folder. */
export class RunningSidecar implements AsyncDisposable {
  readonly folder: string;
  readonly child: ChildProcess;
  /** Settles when the process is gone. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #address: string;
  #client: LabelerServiceClient | undefined;
  #log = '';
  #grown = Promise.withResolvers<void>();
  #hasExited = false;

  private constructor(folder: string, options: SidecarOptions) {
    this.folder = folder;
    this.#address = options.listen ?? `unix:${join(folder, 'guard.sock')}`;
    const own = options.nodeOptions ?? [];
    const { main = sidecarMain } = options;
    const args = [...own, main, '--config', join(folder, 'sluice.json'), '--listen', this.#address];
    if (options.stopsWithStdin !== false) args.push('--stop-with-stdin');
    if (options.isAdministered === true) args.push('--admin-listen', this.adminAddress);
    if (options.watches === true) args.push('--watch');
    args.push(...(options.logs ?? ['--log-level', 'debug', '--log-payloads']));
    args.push(...(options.args ?? []));
    const env = { ...options.env };
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe'], env });
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => this.#append(chunk));
    this.exited = once(this.child, 'close').then(([code, signal]) => {
      this.#hasExited = true;
      this.#append('');
      return { code, signal };
    });
  }

  /** Starts one with these guards as its configuration, and waits until it listens. */
  static async start(guards: object, options: SidecarOptions = {}): Promise<RunningSidecar> {
    return RunningSidecar.#start(await temporaryFolder(), guards, options);
  }

  /** Starts one with guests of test/guards as its guards, by name. */
  static async serving(
    guests: Record<string, GuestSettings>,
    options: SidecarOptions = {},
  ): Promise<RunningSidecar> {
    const folder = await temporaryFolder();
    const guards: Record<string, object> = {};
    for (const [name, { guest = name, limits, ...settings }] of Object.entries(guests)) {
      const path = join(folder, `${guest}.wasm`);
      await writeFile(path, await guardBytes(guest));
      guards[name] = { type: 'wasm', path, ...settings, limits: { ...patient, ...limits } };
    }
    return RunningSidecar.#start(folder, guards, options);
  }

  static async #start(folder: string, guards: object, options: SidecarOptions): Promise<RunningSidecar> {
    await writeFile(join(folder, 'sluice.json'), JSON.stringify({ guards }));
    const sidecar = new RunningSidecar(folder, options);
    try {
      await sidecar.logged(options.isReady ?? 'sidecar listens');
      return sidecar;
    } catch (error) {
      await sidecar[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where it listens, with the port that it took. */
  get address(): string {
    return this.#address;
  }

  get adminAddress(): string {
    return `unix:${join(this.folder, 'admin.sock')}`;
  }

  get client(): LabelerServiceClient {
    this.#client ??= this.newClient();
    return this.#client;
  }

  /** A client with a connection of its own. */
  newClient(): LabelerServiceClient {
    const options = { 'grpc.use_local_subchannel_pool': 1 };
    return new LabelerServiceClient(this.#address, credentials.createInsecure(), options);
  }

  /** What it logged so far: one JSON object a line. */
  get log(): string {
    return this.#log;
  }

  get logLines(): LogLine[] {
    return this.#log
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** Waits for a line of the log, after so many characters of it. Throws when the process ends before. */
  async logged(text: string, after = 0): Promise<void> {
    while (!this.#log.includes(text, after)) {
      if (this.#hasExited) throw new Error(`the sidecar ended: ${this.#log}`);
      await this.#grown.promise;
    }
  }

  /** A guard session: opened when the promise resolves. */
  async open(guard: string, policy: object = {}): Promise<GuardStream> {
    const stream = this.stream();
    await stream.open(guard, policy);
    return stream;
  }

  /** A stream on which nothing was said yet. */
  stream(): GuardStream {
    return new GuardStream(this.client.session());
  }

  /** The process ids of its guard processes. */
  guardProcesses(): Promise<number[]> {
    return childrenOf(this.child.pid);
  }

  /** Waits until so many guard processes are ready for questions, none of them among `gone`. */
  async hasReadyProcesses(count: number, gone: readonly number[] = []): Promise<number[]> {
    for (;;) {
      const pids = new Set<number>();
      for (const [, event, pid] of this.#log.matchAll(/its process (is ready|ended).*\(pid (\d+)\)/g)) {
        if (event === 'ended') pids.delete(Number(pid));
        else pids.add(Number(pid));
      }
      if (pids.size === count && !gone.some((pid) => pids.has(pid))) return [...pids];
      await this.#grown.promise;
    }
  }

  /** Waits until it has so many guard processes, none of them among `gone`, ready or not. */
  async hasGuardProcesses(count: number, gone: readonly number[] = []): Promise<number[]> {
    for (;;) {
      const pids = await this.guardProcesses();
      if (pids.length === count && !pids.some((pid) => gone.includes(pid))) return pids;
      await delay(processCheckMs);
    }
  }

  /** Sends a signal, or ends standard input, and waits until the process is gone. */
  async stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (signal === undefined) this.child.stdin?.end();
    else this.child.kill(signal);
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.close();
    // The processes of a test that went wrong must not outlive it.
    if (this.child.stdin?.writable === true) this.child.stdin.end();
    if (!this.child.spawnargs.includes('--stop-with-stdin')) this.child.kill();
    await this.exited;
    await rm(this.folder, { recursive: true, force: true });
  }

  #append(chunk: string): void {
    this.#log += chunk;
    const port = /"address":"([^"]+)"/.exec(this.#log)?.[1];
    if (port !== undefined) this.#address = port;
    this.#grown.resolve();
    this.#grown = Promise.withResolvers<void>();
  }
}

/** The machine that tests run on may be busy: what a test does not measure has time. */
const patient = { deadlineMs: 60_000, queueWaitMs: 60_000 };

/** There is no event for what /proc shows. */
const processCheckMs = 10;
