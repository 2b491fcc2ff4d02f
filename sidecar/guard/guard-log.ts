import { cleanLine } from '../clean-line.ts';
import type { LogLevel } from '../guest/protocol.ts';
import { droppedLinesReportMs, guardLogBytesPerSecond, maxLogLineBytes } from '../limits.ts';
import type { Log } from '../log.ts';
import { LineBudget } from './line-budget.ts';

/** Who is told what a guard process writes. */
export interface GuestLines {
  /** One line of the guest or of its process: the guard's words, which may repeat what it labels. */
  line(level: LogLevel, text: string): void;
  /** A turn that wrote so many lines has ended. */
  wrote(lines: number): void;
}

/** What a guard's processes are logged by: what they write, and what the sidecar has to say of them. */
export interface ProgramLog extends GuestLines {
  write(level: LogLevel, message: string): void;
}

/** One guard's part of the log: what the sidecar says of it, and what it writes itself. */
export class GuardLog implements ProgramLog {
  readonly #guard: string;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #budget: LineBudget;
  #dropped = 0;

  /** `now` is a clock in milliseconds. */
  constructor(guard: string, log: Log, now: () => number = () => performance.now()) {
    this.#guard = guard;
    this.#log = log;
    this.#now = now;
    this.#budget = new LineBudget(now());
  }

  /** The sidecar's words about the guard. */
  write(level: LogLevel, message: string): void {
    this.#log.write(level, message, { guard: this.#guard });
  }

  line(level: LogLevel, text: string): void {
    if (!this.#log.shows(level) || !this.#log.settings.showsPayloads) return;
    const clean = cleanLine(text, maxLogLineBytes);
    if (this.#budget.take(clean.length, this.#now())) this.#log.quote(level, clean, { guard: this.#guard });
    else this.#drop();
  }

  wrote(lines: number): void {
    if (this.#log.settings.showsPayloads) return;
    const message = 'the guard logged lines: --log-payloads shows them';
    this.#log.write('debug', message, { guard: this.#guard, lines });
  }

  #drop(): void {
    this.#dropped++;
    if (this.#dropped === 1) setTimeout(() => this.#reportDropped(), droppedLinesReportMs).unref();
  }

  #reportDropped(): void {
    const message = `lines of the guard were dropped: it may log ${guardLogBytesPerSecond} bytes a second`;
    this.#log.write('warn', message, { guard: this.#guard, lines: this.#dropped });
    this.#dropped = 0;
  }
}
