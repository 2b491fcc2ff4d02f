/** Messages of one direction that are judged at a time: more than that nobody reads, and a flood must not fill the memory. */
const maxUndelivered = 1_000;

/** Messages in one direction: judged side by side, delivered in the order in which they came. */
export class MessageQueue {
  readonly #overflowed: () => void;
  #undelivered = 0;
  #delivered: Promise<unknown> = Promise.resolve();
  #isOverflowing = false;

  /** `overflowed` is told when messages begin to be dropped, once until all that waited are delivered. */
  constructor(overflowed: () => void) {
    this.#overflowed = overflowed;
  }

  /** Settles when everything that came so far is delivered; undefined where it is. */
  get settled(): Promise<unknown> | undefined {
    return this.#undelivered === 0 ? undefined : this.#delivered;
  }

  /**
   * Has a message judged, and delivers what may be delivered of it after those before it. Whether it was: not where `judge`
   * leaves nothing, and not where too many wait. `judge` and `deliver` never throw.
   */
  async pass<T>(judge: () => Promise<T | undefined>, deliver: (judged: T) => void): Promise<boolean> {
    if (this.#undelivered >= maxUndelivered) {
      this.#overflow();
      return false;
    }
    this.#undelivered++;
    const judging = judge();
    const delivery = this.#delivered.then(async () => {
      const judged = await judging;
      if (judged !== undefined) deliver(judged);
      this.#undelivered--;
      if (this.#undelivered === 0) this.#isOverflowing = false;
      return judged !== undefined;
    });
    this.#delivered = delivery;
    return delivery;
  }

  /** Delivers what needs no judging, after what came before it. It takes no room. */
  follow(deliver: () => void): void {
    void this.#delivered.then(deliver);
  }

  #overflow(): void {
    if (!this.#isOverflowing) this.#overflowed();
    this.#isOverflowing = true;
  }
}
