/** Turns after which a session that has had none counts no more. */
const rememberedTurns = 256;

/** Which sessions have turns now, and which have had some of late. */
export class SessionTurns {
  readonly #now = new Map<object, number>();
  /** With the number of their last turn, the one that was longest ago first. */
  readonly #lately = new Map<object, number>();
  #turns = 0;

  /** Turns that a session has now. */
  turnsOf(session: object): number {
    return this.#now.get(session) ?? 0;
  }

  /** How many sessions have had turns of late, this one included. */
  countWith(session: object): number {
    return this.#lately.size + (this.#lately.has(session) ? 0 : 1);
  }

  enter(session: object): void {
    this.#now.set(session, this.turnsOf(session) + 1);
    this.#lately.delete(session);
    this.#lately.set(session, ++this.#turns);
    for (const [other, turn] of this.#lately) {
      if (turn > this.#turns - rememberedTurns) break;
      this.#lately.delete(other);
    }
  }

  leave(session: object): void {
    const left = this.turnsOf(session) - 1;
    if (left > 0) this.#now.set(session, left);
    else this.#now.delete(session);
  }
}
