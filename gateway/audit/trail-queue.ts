/** A line that waits to be written. */
export interface QueuedEvent {
  readonly event: string;
  /** When it was told, by `performance.now()`. */
  readonly sinceMs: number;
  /** Where somebody waits for it: told once it is written, or cannot be. */
  readonly settle?: (error?: Error) => void;
}

/** Events that wait, at most: a few seconds of a gateway under full load. */
const maxEvents = 20_000;
/** Their characters together, at most: what a disk that does not answer may cost in memory. */
const maxCharacters = 16 * 1024 * 1024;
/** Written at once, at most, in events. */
const maxBatch = 1_000;

/** What waits to be written, in order and bounded; what there is no room for is counted. */
export class TrailQueue {
  #events: QueuedEvent[] = [];
  #characters = 0;
  /** Events that nobody will find in the trail, since it was last told. */
  lost = 0;
  #lostInAll = 0;

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /** Events that wait. */
  get size(): number {
    return this.#events.length;
  }

  /** The same as `lost`, since the beginning. */
  get lostInAll(): number {
    return this.#lostInAll;
  }

  /** False where there is no room. */
  add(queued: QueuedEvent): boolean {
    const isFull = this.#events.length >= maxEvents || this.#characters + queued.event.length > maxCharacters;
    if (isFull) {
      this.lost++;
      this.#lostInAll++;
      return false;
    }
    this.#events.push(queued);
    this.#characters += queued.event.length;
    return true;
  }

  /** The next ones; they are not in the queue any more. */
  take(): QueuedEvent[] {
    const batch = this.#events.splice(0, maxBatch);
    for (const { event } of batch) this.#characters -= event.length;
    return batch;
  }

  /** Puts back what could not be written. Whoever waits for an event is told that it will not be. */
  putBack(batch: readonly QueuedEvent[], error: Error): void {
    const all = [...batch, ...this.#events];
    for (const { settle } of all) settle?.(error);
    this.#events = all.filter(({ settle }) => settle === undefined);
    this.#characters = this.#events.reduce((sum, { event }) => sum + event.length, 0);
  }
}
