import { cleanLine } from '../clean-line.ts';
import type { GuardConfig } from '../config.ts';
import { GuardCounters } from '../guard/guard-counters.ts';
import { Budget } from '../guard/guard-instance.ts';
import type { ProgramLog } from '../guard/guard-log.ts';
import { GuardVersion } from '../guard/guard-version.ts';
import { GuardError } from '../guard-error.ts';
import type { LogLevel } from '../guest/protocol.ts';
import { loadDeadlineMs, maxLogLineBytes } from '../limits.ts';
import { readModule } from '../module/module-file.ts';
import { endWithParent } from '../process/end-with-parent.ts';
import type { Seat } from '../process/seat.ts';
import { commandGuard } from './guard-file.ts';

/** A line that a guard logged, as one clean line. */
export interface GuardLine {
  readonly level: LogLevel;
  readonly text: string;
}

/** Lines of one call that are kept, whatever the limit of the guard: nobody reads more. */
const maxKeptLines = 10_000;

/** A guard in a process of its own, admitted, validated and limited as in a sidecar, for one person to try. */
export class TriedGuard implements AsyncDisposable {
  readonly #version: GuardVersion;
  readonly #counters: GuardCounters;
  readonly #lines: GuardLine[];

  private constructor(version: GuardVersion, counters: GuardCounters, lines: GuardLine[]) {
    this.#version = version;
    this.#counters = counters;
    this.#lines = lines;
  }

  /** Throws a GuardError, with the sidecar's words: what is wrong with the file or the module, and what to do. */
  static async start(config: GuardConfig, signal: AbortSignal): Promise<TriedGuard> {
    const module = await readModule(config.path);
    const lines: GuardLine[] = [];
    const counters = new GuardCounters();
    const commandPrefix = (await endWithParent()) ?? [];
    const surroundings = { name: commandGuard, log: keeping(lines), counters, commandPrefix };
    const version = await GuardVersion.start(config, { module, surroundings }, signal);
    return new TriedGuard(version, counters, lines);
  }

  get version(): GuardVersion {
    return this.#version;
  }

  /** Of the process that serves, or 0 when that is gone. */
  get residentBytes(): number {
    return this.#version.pool.status.find(({ role }) => role === 'serving')?.residentBytes ?? 0;
  }

  /** A place for a fresh instance. */
  seat(signal: AbortSignal): Promise<Seat> {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(loadDeadlineMs)]);
    return this.#version.pool.seat(inTime).catch((error) => {
      throw error instanceof GuardError ? error : new GuardError('GUARD_UNAVAILABLE', noProcess);
    });
  }

  /** What one labeling may spend. */
  newBudget(): Budget {
    return new Budget(this.#version.limits, this.#counters);
  }

  /** What was logged since the last time. */
  takeLines(): readonly GuardLine[] {
    return this.#lines.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#version.pool.close();
  }
}

/** Only what the guard says: what the sidecar would log of it is told by its errors. */
function keeping(lines: GuardLine[]): ProgramLog {
  return {
    write: () => undefined,
    wrote: () => undefined,
    line: (level, text) => {
      if (lines.length < maxKeptLines) lines.push({ level, text: cleanLine(text, maxLogLineBytes) });
    },
  };
}

const noProcess = `none of its processes came up within ${loadDeadlineMs} ms; look at what else the machine does`;
