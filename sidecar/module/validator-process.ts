import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { GuardError } from '../guard-error.ts';
import {
  maxVerdictBytes,
  validatorCheckMs,
  validatorCpuMs,
  validatorDeadlineMs,
  validatorResidentMiB,
} from '../limits.ts';
import { cpuMs, residentBytes } from '../process/process-usage.ts';
import type { Verdict } from '../validator/verdict.ts';
import { readVerdict } from './read-verdict.ts';
import { validatorPermissions, validatorProgram, validatorSurroundings } from './validator-permissions.ts';

/** What a validator process may take. */
export interface ValidatorBounds {
  readonly cpuMs: number;
  readonly deadlineMs: number;
  readonly residentMiB: number;
}

const usualBounds: ValidatorBounds = {
  cpuMs: validatorCpuMs,
  deadlineMs: validatorDeadlineMs,
  residentMiB: validatorResidentMiB,
};

/**
 * Asks a validator process, which is started for this one module, has no permissions but to read its own source, and is
 * killed when it takes too much.
 *
 * @throws GuardError GUARD_UNAVAILABLE when the module is to blame, INTERNAL when the machine is; the signal's reason.
 */
export async function askValidator(
  module: Uint8Array,
  signal: AbortSignal,
  bounds: ValidatorBounds = usualBounds,
): Promise<Verdict> {
  signal.throwIfAborted();
  using validator = new ValidatorProcess(bounds, signal);
  return await validator.judge(module);
}

const modulesFault = (sentence: string) => new GuardError('GUARD_UNAVAILABLE', sentence);

class ValidatorProcess implements Disposable {
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;
  readonly #bounds: ValidatorBounds;
  readonly #deadline: AbortSignal;
  readonly #check: NodeJS.Timeout;
  readonly #onAbort = () => this.#kill(this.#signal.reason);
  readonly #onDeadline = () => this.#kill(machinesFault('it took too long on this machine'));
  /** Why it was killed. */
  #reason: unknown;

  constructor(bounds: ValidatorBounds, signal: AbortSignal) {
    this.#bounds = bounds;
    this.#deadline = AbortSignal.timeout(bounds.deadlineMs);
    this.#signal = signal;
    this.#child = spawn(process.execPath, [...validatorPermissions, ...validatorProgram], {
      ...validatorSurroundings,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#check = setInterval(() => this.#checkUsage(), validatorCheckMs);
    signal.addEventListener('abort', this.#onAbort);
    this.#deadline.addEventListener('abort', this.#onDeadline);
  }

  async judge(module: Uint8Array): Promise<Verdict> {
    const { stdin, stdout, stderr } = this.#child;
    const ended = once(this.#child, 'close');
    // It may end before it has read all; the exit tells why.
    stdin?.on('error', () => undefined);
    stdin?.end(module);
    try {
      const [output, complaints, [code, endedBy]] = await Promise.all([
        this.#textOf(stdout),
        this.#textOf(stderr),
        ended,
      ]);
      if (this.#reason !== undefined) throw this.#reason;
      return verdictOf({ output, complaints, code, endedBy });
    } catch (cause) {
      if (this.#reason !== undefined) throw this.#reason;
      if (cause instanceof GuardError) throw cause;
      throw machinesFault('its process does not start', cause);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#check);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#deadline.removeEventListener('abort', this.#onDeadline);
    this.#child.kill('SIGKILL');
  }

  async #textOf(output: Readable | null): Promise<string> {
    let text = '';
    for await (const chunk of output?.setEncoding('utf8') ?? []) {
      text += chunk;
      if (text.length > maxVerdictBytes) this.#kill(machinesFault('it says more than a verdict'));
    }
    return text;
  }

  #checkUsage(): void {
    const { pid } = this.#child;
    const { cpuMs: mostCpuMs, residentMiB } = this.#bounds;
    if (pid === undefined) return;
    if ((cpuMs(pid) ?? 0) > mostCpuMs) {
      this.#kill(modulesFault(`validating it takes more than ${mostCpuMs} ms of CPU time; ${advice}`));
    }
    if ((residentBytes(pid) ?? 0) > residentMiB * 1024 * 1024) {
      this.#kill(modulesFault(`validating it takes more than ${residentMiB} MiB of memory; ${advice}`));
    }
  }

  /** The first reason counts. */
  #kill(reason: unknown): void {
    this.#reason ??= reason;
    this.#child.kill('SIGKILL');
  }
}

interface ProcessEnd {
  readonly output: string;
  readonly complaints: string;
  readonly code: number | null;
  readonly endedBy: NodeJS.Signals | null;
}

/** What it said before it ended by itself. A SIGKILL from outside is no fault of the module, a crash is. */
function verdictOf({ output, complaints, code, endedBy }: ProcessEnd): Verdict {
  if (endedBy === 'SIGKILL') throw machinesFault('its process was killed from outside');
  if (endedBy !== null) throw modulesFault(`the validator crashes on it (${endedBy}); ${advice}`);
  if (code !== 0) throw machinesFault(`its process ended with exit code ${code}`, complaints);
  const verdict = readVerdict(output);
  if (verdict === undefined) throw machinesFault('it said something that is no verdict', output);
  return verdict;
}

function machinesFault(clause: string, cause?: unknown): GuardError {
  return new GuardError('INTERNAL', `its module could not be validated: the validator failed, ${clause}`, {
    cause,
  });
}

const advice = 'build it for size, with smaller functions';
