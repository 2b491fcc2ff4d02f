import type { Turn, TurnResult } from './running-turn.ts';
import type { Seat } from './seat.ts';

/**
 * One labeling's stay at a seat: it keeps its place from its first turn to its answer, so that no other of its session
 * needs an instance of its own meanwhile, and lets others in while it waits for something from outside.
 */
export class SeatVisit implements Disposable {
  readonly seat: Seat;
  readonly #session: object;
  #place: Disposable | undefined;
  #hasEntered = false;
  #isRunning = false;
  #isLeaving = false;

  constructor(seat: Seat, session: object) {
    this.seat = seat;
    this.#session = session;
  }

  /** Waits in line where it has no place. Throws QUEUE_FULL, QUEUE_TIMEOUT, or the signal's reason. */
  async enter(signal: AbortSignal): Promise<void> {
    if (this.#place !== undefined) return;
    this.#isLeaving = false;
    this.#place = await this.seat.enter({ session: this.#session, isResumed: this.#hasEntered }, signal);
    this.#hasEntered = true;
  }

  /** Lets the guest run until it returns, waits or fails. Throws a GuardError. */
  async turn(turn: Turn, signal: AbortSignal): Promise<TurnResult> {
    await this.enter(signal);
    this.#isRunning = true;
    const onEnd = () => {
      this.#isRunning = false;
      if (this.#isLeaving) this.#giveUpPlace();
    };
    const result = await this.seat.run({ ...turn, onEnd }, signal);
    const { kind } = result.reply;
    if (kind === 'backend_call' || kind === 'sleep') this.leave();
    return result;
  }

  /** The place is another's, as soon as the process is through with the turn, whether or not somebody waits for that. */
  leave(): void {
    this.#isLeaving = true;
    if (!this.#isRunning) this.#giveUpPlace();
  }

  [Symbol.dispose](): void {
    this.leave();
  }

  #giveUpPlace(): void {
    this.#place?.[Symbol.dispose]();
    this.#place = undefined;
  }
}
