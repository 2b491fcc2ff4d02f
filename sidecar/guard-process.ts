import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { FrameReader } from './frame-reader.ts';
import { GuardError } from './guard-error.ts';
import type { GuardLimits } from './guard-limits.ts';
import type { LogLevel, Reply, Request } from './guest/protocol.ts';
import { loadDeadlineMs, maxFrameBytes, processHeapMiB, residentCheckMs } from './limits.ts';
import { cpuMs, residentBytes } from './process-usage.ts';
import { RunningTurn, type Turn, type TurnResult } from './running-turn.ts';

const guestMain = join(
  dirname(fileURLToPath(import.meta.url)),
  'guest',
  `main${import.meta.filename.slice(-3)}`,
);

/** What a guard process is started with. */
export interface GuardProgram {
  /** The module, as it was hashed. */
  readonly bytes: Uint8Array;
  readonly limits: GuardLimits;
  /** Receives each line that the guest or its process writes. */
  readonly log: (level: LogLevel, line: string) => void;
}

/**
 * One process that runs one guard, and can always be killed: V8 cannot stop some WASM, the kernel can. It has no
 * permissions but to read its own source, no environment, and one socket, on which it is asked one thing at a time.
 */
export class GuardProcess {
  readonly #program: GuardProgram;
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  readonly #exited = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  #running: RunningTurn | undefined;
  #reportedCpuMs = 0;
  #lost: GuardError | undefined;

  private constructor(program: GuardProgram) {
    this.#program = program;
    this.#child = spawn(process.execPath, [...permissions, guestMain], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: {},
      cwd: dirname(guestMain),
    });
    this.#channel = this.#child.stdio[3] as unknown as Duplex;
    this.#listen();
  }

  /** A process with the module compiled. Throws GUARD_UNAVAILABLE when the module does not compile, link or start. */
  static async start(program: GuardProgram): Promise<GuardProcess> {
    const started = new GuardProcess(program);
    const { memoryPages, tableEntries } = program.limits;
    const request: Request = { op: 'load', memoryPages, tableEntries };
    const signal = AbortSignal.timeout(loadDeadlineMs);
    try {
      const { reply } = await started.turn(
        { request, payload: program.bytes, cpuMs: loadDeadlineMs },
        signal,
      );
      if (reply.kind === 'refused')
        throw new GuardError('GUARD_UNAVAILABLE', `it does not load: ${reply.message}`);
      return started;
    } catch (error) {
      started.kill(new GuardError('GUARD_UNAVAILABLE', 'it did not load'));
      throw error;
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return this.#lost === undefined;
  }

  /** Settles as soon as the process is of no use any more. */
  get lost(): Promise<void> {
    return this.#gone.promise;
  }

  /** Settles when the process is gone and reaped. */
  get exited(): Promise<void> {
    return this.#exited.promise;
  }

  /**
   * Lets the guest run until it returns, waits or fails. Nobody else may have a turn meanwhile. A turn that outlives
   * its signal or its CPU time ends with the process. Throws a GuardError, PROCESS_LOST where another turn is to blame.
   */
  turn(turn: Turn, signal: AbortSignal): Promise<TurnResult> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    if (this.#running !== undefined) return Promise.reject(new GuardError('INTERNAL', 'two turns at once'));
    turn.onStart?.();
    const running = new RunningTurn(this, turn, signal);
    this.#running = running;
    this.#send(turn);
    return running.result;
  }

  /** SIGKILL. The turn that runs fails with `reason`, everything that waits in this process with PROCESS_LOST. */
  kill(reason: GuardError): void {
    this.#child.kill('SIGKILL');
    this.#lose(reason);
  }

  /** CPU time since the last turn ended, from the system's accounting, in milliseconds. */
  cpuMsOfThisTurn(): number {
    const total = this.pid === undefined ? undefined : cpuMs(this.pid);
    return total === undefined ? 0 : total - this.#reportedCpuMs;
  }

  #lose(reason: GuardError): void {
    this.#lost ??= new GuardError(
      'PROCESS_LOST',
      'the process of this guard was ended while this labeling waited in it',
    );
    this.#gone.resolve();
    this.#channel.destroy();
    this.#running?.fail(reason);
    this.#running = undefined;
  }

  #send(turn: Turn): void {
    const header = Buffer.from(JSON.stringify(turn.request));
    const payload = turn.payload ?? new Uint8Array(0);
    const start = Buffer.allocUnsafe(8);
    start.writeUInt32LE(4 + header.length + payload.length, 0);
    start.writeUInt32LE(header.length, 4);
    this.#channel.cork();
    this.#channel.write(Buffer.concat([start, header]));
    this.#channel.write(payload);
    this.#channel.uncork();
  }

  #listen(): void {
    const frames = new FrameReader(maxFrameBytes);
    this.#channel.on('data', (chunk: Buffer) => this.#receive(frames, chunk));
    // A broken pipe is followed by the exit, which tells why.
    this.#channel.on('error', () => undefined);
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output?.on('data', (chunk: Buffer) => this.#program.log('error', chunk.toString().slice(0, 2_000)));
    }
    const residentCheck = setInterval(() => this.#checkResident(), residentCheckMs);
    residentCheck.unref();
    this.#child.on('error', (cause) =>
      this.#lose(new GuardError('GUARD_UNAVAILABLE', 'its process does not start', { cause })),
    );
    this.#child.on('close', (code, signal) => {
      clearInterval(residentCheck);
      this.#lose(crash(code, signal));
      this.#exited.resolve();
    });
  }

  #receive(frames: FrameReader, chunk: Buffer): void {
    try {
      for (const { message, payload } of frames.push(chunk)) {
        if (message.kind === 'log') this.#program.log(message.level, Buffer.from(payload).toString());
        else this.#finish(message, payload);
      }
    } catch (cause) {
      this.kill(new GuardError('INTERNAL', 'its process sent something that is no reply', { cause }));
    }
  }

  #finish(reply: Reply, payload: Uint8Array): void {
    const total = reply.totalCpuMs;
    const running = this.#running;
    this.#running = undefined;
    running?.finish({ reply, payload, cpuMs: total - this.#reportedCpuMs });
    this.#reportedCpuMs = total;
  }

  #checkResident(): void {
    const bytes = this.pid === undefined ? undefined : residentBytes(this.pid);
    if (bytes === undefined || bytes <= this.#program.limits.residentMiB * 1024 * 1024) return;
    const limit = `its process needs more than ${this.#program.limits.residentMiB} MiB of memory`;
    this.kill(new GuardError('MEMORY_LIMIT', limit));
  }
}

const permissions = [
  '--permission',
  `--allow-fs-read=${dirname(guestMain)}/*`,
  '--no-addons',
  '--disallow-code-generation-from-strings',
  `--max-old-space-size=${processHeapMiB}`,
];

/** Why a process ended that nobody here killed. A SIGKILL from outside is no fault of the guest that ran. */
function crash(code: number | null, signal: NodeJS.Signals | null): GuardError {
  if (signal === 'SIGKILL')
    return new GuardError('PROCESS_LOST', 'the process of this guard was killed from outside');
  return new GuardError('GUARD_TRAPPED', `its process crashed (${signal ?? `exit code ${code}`})`);
}
