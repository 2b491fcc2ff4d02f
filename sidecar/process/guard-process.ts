import { type ChildProcess, spawn } from 'node:child_process';
import { cleanLine } from '../clean-line.ts';
import type { GuardCounters } from '../guard/guard-counters.ts';
import type { ProgramLog } from '../guard/guard-log.ts';
import { asGuardError, GuardError } from '../guard-error.ts';
import type { GuardLimits } from '../guard-limits.ts';
import { loadCpuMs, loadDeadlineMs, residentCheckMs } from '../limits.ts';
import { crash, isGuestsFault, isModulesFault, startFailure } from './blame.ts';
import type { CommandPrefix } from './end-with-parent.ts';
import type { Frame } from './frame-reader.ts';
import { guardPermissions, guardSurroundings, guestMain } from './guard-permissions.ts';
import { GuestPipe } from './guest-pipe.ts';
import { cpuMs, residentBytes } from './process-usage.ts';
import { abortReason, type Turn, type TurnResult } from './running-turn.ts';
import { TurnsUnderWay } from './turns-under-way.ts';

/** What a guard process is started with. */
export interface GuardProgram {
  /** The guard's name in the configuration. */
  readonly name: string;
  /** The module, as it was hashed. */
  readonly bytes: Uint8Array;
  readonly limits: GuardLimits;
  /** Until then no engine sees the module; rejects when it is refused. */
  readonly admitted: Promise<void>;
  readonly log: ProgramLog;
  readonly counters: GuardCounters;
  /** Before the command of its processes. */
  readonly commandPrefix: CommandPrefix;
}

/**
 * One process that runs one guard, and can always be killed: V8 cannot stop some WASM, the kernel can. It has no
 * permissions but to read its own source, no environment, and two sockets, on which it is asked one thing after another.
 */
export class GuardProcess {
  readonly #program: GuardProgram;
  readonly #child: ChildProcess;
  readonly #pipe: GuestPipe;
  readonly #exited = Promise.withResolvers<void>();
  readonly #losing = new AbortController();
  readonly #turns = new TurnsUnderWay(this);
  readonly #startedAt = performance.now();
  #instances = 0;
  #calls = 0;
  #isReady = false;

  private constructor(program: GuardProgram) {
    this.#program = program;
    const [command = process.execPath, ...args] = [
      ...program.commandPrefix,
      process.execPath,
      ...guardPermissions,
      guestMain,
    ];
    this.#child = spawn(command, args, {
      ...guardSurroundings,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    program.counters.processStarts++;
    this.#awaitEnd();
    this.#pipe = new GuestPipe(this.#child, {
      reply: (frame) => this.#finish(frame),
      lines: program.log,
      nonsense: (cause) =>
        this.kill(new GuardError('INTERNAL', 'its process sent something that is no reply', { cause })),
    });
  }

  /**
   * A process with the module compiled. Throws GUARD_UNAVAILABLE when the module does not compile, link or start,
   * PROCESS_LOST when the process did not come up through no fault of the module, or the signal's reason; then the
   * process is gone.
   */
  static async start(program: GuardProgram, signal: AbortSignal): Promise<GuardProcess> {
    const started = new GuardProcess(program);
    try {
      await started.#load(signal);
      started.#isReady = true;
      program.log.write('debug', `its process is ready (pid ${started.pid})`);
      return started;
    } catch (error) {
      started.kill(new GuardError('GUARD_UNAVAILABLE', 'it did not load'));
      await started.exited;
      signal.throwIfAborted();
      const { code, message } = asGuardError(error);
      const sentence = `it does not load: ${message}`;
      throw new GuardError(isModulesFault(code) ? 'GUARD_UNAVAILABLE' : 'PROCESS_LOST', sentence, {
        cause: error,
      });
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Instances that it held when its last turn ended. */
  get instances(): number {
    return this.#instances;
  }

  /** Since it was started, in milliseconds. */
  get ageMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Calls into its guests so far. */
  get calls(): number {
    return this.#calls;
  }

  /** CPU time since it started, in milliseconds. */
  get cpuMs(): number {
    return this.#systemCpuMs() ?? this.#turns.reportedCpuMs;
  }

  /** Resident memory, in bytes; 0 when it is gone. */
  get residentBytes(): number {
    return (this.pid === undefined ? undefined : residentBytes(this.pid)) ?? 0;
  }

  /** How many turns it may be given at once. */
  get room(): number {
    return this.#turns.room;
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
   * Lets the guest run until it returns, waits or fails, once those before it have. No more turns than there is room for. A
   * turn that outlives its signal or its CPU time ends with the process. Throws a GuardError, PROCESS_LOST where another
   * turn is to blame.
   */
  turn(turn: Turn, signal: AbortSignal): Promise<TurnResult> {
    if (!this.isAlive || signal.aborted) {
      turn.onEnd?.();
      return Promise.reject(this.isAlive ? abortReason(signal) : this.lost.reason);
    }
    if (turn.request.op === 'call') this.#calls++;
    this.#pipe.send(turn.request, turn.payload);
    return this.#turns.add(turn, signal);
  }

  /** SIGKILL. The turn that runs fails with `reason`, everything that waits in this process with PROCESS_LOST. */
  kill(reason: GuardError): void {
    if (this.#isReady && this.isAlive && isGuestsFault(reason.code)) this.#program.counters.kills++;
    this.#child.kill('SIGKILL');
    this.#lose(reason);
  }

  /** SIGKILL of a process in which nothing is under way. */
  end(): void {
    this.kill(new GuardError('SHUTTING_DOWN', 'it is not needed any more'));
  }

  /** CPU time since the last turn ended, from the system's accounting, in milliseconds. */
  cpuMsOfThisTurn(): number {
    const total = this.#systemCpuMs();
    return total === undefined ? 0 : total - this.#turns.reportedCpuMs;
  }

  #systemCpuMs(): number | undefined {
    return this.pid === undefined || !this.isAlive ? undefined : cpuMs(this.pid);
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { memoryPages, tableEntries, outputMiB, logLines, cpuMs } = this.#program.limits;
    const load = {
      request: { op: 'load', memoryPages, tableEntries, outputMiB, logLines },
      payload: this.#program.bytes,
    } as const;
    await this.#program.admitted;
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
    if (!this.isAlive) return;
    this.#program.counters.cpuMs += this.#systemCpuMs() ?? this.#turns.reportedCpuMs;
    if (this.#isReady && reason.code !== 'SHUTTING_DOWN')
      this.#program.log.write('warn', `its process ended: ${reason.message} (pid ${this.pid})`);
    this.#losing.abort(
      new GuardError('PROCESS_LOST', 'the process of this guard was ended while this labeling waited in it'),
    );
  }

  #lose(reason: GuardError): void {
    this.#leave(reason);
    this.#pipe.close();
    this.#turns.fail(reason, asGuardError(this.lost.reason));
  }

  #awaitEnd(): void {
    const residentCheck = setInterval(() => this.#checkResident(), residentCheckMs);
    residentCheck.unref();
    this.lost.addEventListener('abort', () => clearInterval(residentCheck));
    this.#child.on('error', (cause) => {
      this.#lose(startFailure(cause));
      // Nothing is to be reaped.
      if (this.pid === undefined) this.#exited.resolve();
    });
    this.#child.on('exit', (code, signal) => this.#leave(crash(code, signal)));
    this.#child.on('close', (code, signal) => {
      this.#lose(crash(code, signal));
      this.#exited.resolve();
    });
  }

  #finish({ message: reply, payload }: Frame): void {
    if (reply.kind === 'log') return;
    this.#turns.finish(reply, payload);
    this.#instances = reply.instances;
  }

  #checkResident(): void {
    if (this.residentBytes <= this.#program.limits.residentMiB * 1024 * 1024) return;
    const limit = `its process needs more than ${this.#program.limits.residentMiB} MiB of memory`;
    this.kill(new GuardError('MEMORY_LIMIT', limit));
  }
}
