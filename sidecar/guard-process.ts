import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { cleanLine } from './clean-line.ts';
import { FrameReader } from './frame-reader.ts';
import { asGuardError, GuardError } from './guard-error.ts';
import type { GuardLimits } from './guard-limits.ts';
import { guardPermissions, guardSurroundings, guestMain } from './guard-permissions.ts';
import { frame, type LogLevel, type Reply } from './guest/protocol.ts';
import { loadCpuMs, loadDeadlineMs, maxFrameBytes, maxLogLineBytes, residentCheckMs } from './limits.ts';
import { cpuMs, residentBytes } from './process-usage.ts';
import { abortReason, RunningTurn, type Turn, type TurnResult } from './running-turn.ts';

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
  readonly #losing = new AbortController();
  #running: RunningTurn | undefined;
  #reportedCpuMs = 0;
  #instances = 0;
  #isReady = false;

  private constructor(program: GuardProgram) {
    this.#program = program;
    this.#child = spawn(process.execPath, [...guardPermissions, guestMain], {
      ...guardSurroundings,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.#awaitEnd();
    // There is none when the system has no more descriptors; the error event tells.
    const channel = this.#child.stdio?.[3];
    this.#channel = channel instanceof Duplex ? channel : new Duplex().destroy();
    this.#listen();
  }

  /**
   * A process with the module compiled. Throws GUARD_UNAVAILABLE when the module does not compile, link or start, or the
   * signal's reason; then the process is gone.
   */
  static async start(program: GuardProgram, signal: AbortSignal): Promise<GuardProcess> {
    const started = new GuardProcess(program);
    try {
      await started.#load(signal);
      started.#isReady = true;
      program.log('debug', `its process is ready (pid ${started.pid})`);
      return started;
    } catch (error) {
      started.kill(new GuardError('GUARD_UNAVAILABLE', 'it did not load'));
      await started.exited;
      signal.throwIfAborted();
      const sentence = `it does not load: ${asGuardError(error).message}`;
      throw new GuardError('GUARD_UNAVAILABLE', sentence, { cause: error });
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Instances that it held when its last turn ended. */
  get instances(): number {
    return this.#instances;
  }

  get isAlive(): boolean {
    return !this.lost.aborted;
  }

  /** Aborted as soon as the process is of no use any more, with PROCESS_LOST for what waits in it. */
  get lost(): AbortSignal {
    return this.#losing.signal;
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
    if (!this.isAlive) return Promise.reject(this.lost.reason);
    if (signal.aborted) return Promise.reject(abortReason(signal));
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

  async #load(signal: AbortSignal): Promise<void> {
    const { memoryPages, tableEntries, cpuMs } = this.#program.limits;
    const load = {
      request: { op: 'load', memoryPages, tableEntries },
      payload: this.#program.bytes,
    } as const;
    await this.#expectLoaded({ ...load, cpuMs: loadCpuMs }, signal);
    // The start section has the CPU time of a call. It cannot wait, so the time that passes says nothing about it.
    await this.#expectLoaded({ request: { op: 'try' }, cpuMs }, signal);
  }

  async #expectLoaded(turn: Turn, signal: AbortSignal): Promise<void> {
    const { reply } = await this.turn(turn, AbortSignal.any([signal, AbortSignal.timeout(loadDeadlineMs)]));
    if (reply.kind === 'refused') throw new GuardError('GUARD_UNAVAILABLE', cleanLine(reply.message));
  }

  /** What it sent before it ended may still be read; there will be nothing new. */
  #leave(reason: GuardError): void {
    if (this.isAlive && this.#isReady && reason.code !== 'SHUTTING_DOWN')
      this.#program.log('warn', `its process ended: ${reason.message} (pid ${this.pid})`);
    this.#losing.abort(
      new GuardError('PROCESS_LOST', 'the process of this guard was ended while this labeling waited in it'),
    );
  }

  #lose(reason: GuardError): void {
    this.#leave(reason);
    this.#channel.destroy();
    this.#running?.fail(reason);
    this.#running = undefined;
  }

  #send({ request, payload = new Uint8Array(0) }: Turn): void {
    this.#channel.cork();
    for (const part of frame(request, payload)) this.#channel.write(part);
    this.#channel.uncork();
  }

  #listen(): void {
    const frames = new FrameReader(maxFrameBytes);
    this.#channel.on('data', (chunk: Buffer) => this.#receive(frames, chunk));
    // A broken pipe is followed by the exit, which tells why.
    this.#channel.on('error', () => undefined);
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output?.on('data', (chunk: Buffer) =>
        this.#program.log('error', chunk.toString('utf8', 0, maxLogLineBytes)),
      );
    }
  }

  #awaitEnd(): void {
    const residentCheck = setInterval(() => this.#checkResident(), residentCheckMs);
    residentCheck.unref();
    this.lost.addEventListener('abort', () => clearInterval(residentCheck));
    this.#child.on('error', (cause) => {
      this.#lose(new GuardError('GUARD_UNAVAILABLE', 'its process does not start', { cause }));
      // Nothing is to be reaped.
      if (this.pid === undefined) this.#exited.resolve();
    });
    this.#child.on('exit', (code, signal) => this.#leave(crash(code, signal)));
    this.#child.on('close', (code, signal) => {
      this.#lose(crash(code, signal));
      this.#exited.resolve();
    });
  }

  #receive(frames: FrameReader, chunk: Buffer): void {
    try {
      for (const { message, payload } of frames.push(chunk)) {
        if (message.kind === 'log')
          this.#program.log(message.level, Buffer.from(payload).toString('utf8', 0, maxLogLineBytes));
        else this.#finish(message, payload);
      }
    } catch (cause) {
      this.kill(new GuardError('INTERNAL', 'its process sent something that is no reply', { cause }));
    }
  }

  #finish(reply: Reply, payload: Uint8Array): void {
    const total = reply.totalCpuMs;
    const running = this.#running;
    if (running === undefined) throw new Error('a reply to nothing');
    this.#running = undefined;
    running.finish({ reply, payload, cpuMs: total - this.#reportedCpuMs });
    this.#reportedCpuMs = total;
    this.#instances = reply.instances;
  }

  #checkResident(): void {
    const bytes = this.pid === undefined ? undefined : residentBytes(this.pid);
    if (bytes === undefined || bytes <= this.#program.limits.residentMiB * 1024 * 1024) return;
    const limit = `its process needs more than ${this.#program.limits.residentMiB} MiB of memory`;
    this.kill(new GuardError('MEMORY_LIMIT', limit));
  }
}

/** Why a process ended that nobody here killed. A SIGKILL from outside is no fault of the guest that ran. */
function crash(code: number | null, signal: NodeJS.Signals | null): GuardError {
  if (signal === 'SIGKILL')
    return new GuardError('PROCESS_LOST', 'the process of this guard was killed from outside');
  return new GuardError('GUARD_TRAPPED', `its process crashed (${signal ?? `exit code ${code}`})`);
}
