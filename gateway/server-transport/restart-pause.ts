import { TransportError } from './transport-error.ts';

/** The pause after the first failure, and the longest: a start a minute is no load, and soon enough for a server that was mended. */
const firstMs = 500;
const longestMs = 60_000;

/** Processes of one server at once: a session each, of 30 to 100 MB. */
const maxRunning = 1_000;

/** A server that lived so long has started well, whatever ends it then. */
const settledMs = 5_000;

/** One start of a server: to be told how it went. */
export interface ServerStart {
  /** The server has answered something. */
  answered(): void;
  /** It is over; with what ended it where nobody closed it. How long the next start waits now, in milliseconds. */
  ended(error: Error | undefined): number;
}

/**
 * How often a server may be started that ends right after its start: with pauses that grow, for all of its connections
 * together; and how often it may run at once.
 */
export class RestartPause {
  readonly #now: () => number;
  #running = 0;
  #failures = 0;
  #wasSpared = false;
  #failedAt = Number.NEGATIVE_INFINITY;
  /** The one start that is tried after failures, until it has answered or is over. */
  #trial: object | undefined;

  /** `now` is a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Notes a start. Throws UNREACHABLE while the server must wait for its next one, and where too many run. */
  begin(): ServerStart {
    const startedAt = this.#now();
    if (this.#running >= maxRunning) {
      const advice = 'end some sessions, or configure "connection": "shared"';
      throw new TransportError('UNREACHABLE', `the server runs ${maxRunning} times already: ${advice}`);
    }
    const waitMs = this.#waitMs();
    if (waitMs > 0) throw this.#refusal(`it is started again at the next request in ${inSeconds(waitMs)}`);
    if (this.#trial !== undefined) throw this.#refusal('it is being started once more, to see how it goes');
    const trial = {};
    if (this.#failures > 0) this.#trial = trial;
    let [isAnswered, isOver] = [false, false];
    this.#running++;
    return {
      answered: () => {
        isAnswered = true;
        if (this.#trial === trial) this.#trial = undefined;
      },
      ended: (error) => {
        if (this.#trial === trial) this.#trial = undefined;
        if (!isOver) this.#running--;
        isOver = true;
        return this.#note({ startedAt, isAnswered, isClosed: error === undefined });
      },
    };
  }

  #note(life: { startedAt: number; isAnswered: boolean; isClosed: boolean }): number {
    const now = this.#now();
    const isSettled = life.isAnswered && (life.isClosed || now - life.startedAt >= settledMs);
    // Those that were started together and end together are one failure; what began before it has seen nothing newer.
    const isOlder = life.startedAt < this.#failedAt;
    if (isSettled && !isOlder) {
      this.#failures = 0;
      this.#wasSpared = false;
    } else if (!isSettled && !isOlder && !life.isClosed) {
      // Once in a row one that had answered is started again at once: a call may have killed it.
      if (life.isAnswered && !this.#wasSpared) this.#wasSpared = true;
      else this.#fail(now);
    }
    return this.#waitMs();
  }

  #fail(now: number): void {
    this.#failures++;
    this.#failedAt = now;
  }

  /** Until it may be started again. */
  #waitMs(): number {
    if (this.#failures === 0) return 0;
    const pauseMs = Math.min(firstMs * 2 ** (this.#failures - 1), longestMs);
    return Math.max(0, this.#failedAt + pauseMs - this.#now());
  }

  #refusal(next: string): TransportError {
    const words = `the server could not be started, or ended right after its start (failure ${this.#failures} in a row): ${next}`;
    return new TransportError('UNREACHABLE', words);
  }
}

/** A time in words: rounded up, to tenths. */
export function inSeconds(ms: number): string {
  return `${Math.ceil(ms / 100) / 10} s`;
}
