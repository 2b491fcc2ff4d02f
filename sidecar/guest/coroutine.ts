/** How a turn ended: the body is through, or waits for something from outside. */
export type TurnEnd<Result, Wait> =
  | { readonly kind: 'returned'; readonly result: Result }
  | { readonly kind: 'waits'; readonly wait: Wait };

/**
 * An asynchronous body that is run in turns: each turn ends when the body returns or waits, and between turns nothing
 * of it runs. The promise of a turn rejects when the body throws.
 */
export class Coroutine<Result, Wait, Answer> {
  #turn = Promise.withResolvers<TurnEnd<Result, Wait>>();
  #wait: PromiseWithResolvers<Answer> | undefined;

  get isWaiting(): boolean {
    return this.#wait !== undefined;
  }

  /** The first turn. */
  start(body: () => Promise<Result>): Promise<TurnEnd<Result, Wait>> {
    body().then(
      (result) => this.#turn.resolve({ kind: 'returned', result }),
      (error) => this.#turn.reject(error),
    );
    return this.#turn.promise;
  }

  /** For the body: ends the turn, and goes on with the answer in a later one. */
  wait(wait: Wait): Promise<Answer> {
    this.#wait = Promise.withResolvers<Answer>();
    this.#turn.resolve({ kind: 'waits', wait });
    return this.#wait.promise;
  }

  /** The next turn of a body that waits. */
  resume(answer: Answer): Promise<TurnEnd<Result, Wait>> {
    return this.#next((wait) => wait.resolve(answer));
  }

  /** The last turn of a body that waits: what it waits for fails, so that it unwinds. */
  unwind(error: Error): Promise<TurnEnd<Result, Wait>> {
    return this.#next((wait) => wait.reject(error));
  }

  #next(settle: (wait: PromiseWithResolvers<Answer>) => void): Promise<TurnEnd<Result, Wait>> {
    const wait = this.#wait;
    if (wait === undefined) throw new Error('nothing waits here');
    this.#wait = undefined;
    this.#turn = Promise.withResolvers<TurnEnd<Result, Wait>>();
    settle(wait);
    return this.#turn.promise;
  }
}
