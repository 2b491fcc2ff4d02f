/** What is kept and may be dropped when there is no room for it any more. */
export interface KeptEvent {
  readonly bytes: number;
  /** Drops it where it is kept, and takes it out of its budget. */
  forget(): void;
}

/** How much a budget holds. */
export interface Room {
  readonly events: number;
  readonly bytes: number;
}

/** Bounds the events that are kept, in number and in bytes: the oldest go first. The newest stays, whatever its size. */
export class EventBudget {
  readonly #room: Room;
  readonly #whole: EventBudget | undefined;
  readonly #events = new Set<KeptEvent>();
  #bytes = 0;

  /** `whole` bounds several budgets together. */
  constructor(room: Room, whole?: EventBudget) {
    this.#room = room;
    this.#whole = whole;
  }

  /** Events that are kept now. */
  get size(): number {
    return this.#events.size;
  }

  add(event: KeptEvent): void {
    this.#events.add(event);
    this.#bytes += event.bytes;
    this.#whole?.add(event);
    for (const oldest of this.#events) {
      if (oldest === event || !this.#isExceeded) return;
      oldest.forget();
    }
  }

  remove(event: KeptEvent): void {
    if (!this.#events.delete(event)) return;
    this.#bytes -= event.bytes;
    this.#whole?.remove(event);
  }

  get #isExceeded(): boolean {
    return this.#events.size > this.#room.events || this.#bytes > this.#room.bytes;
  }
}
