import type { PostResponse } from './post-response.ts';
import type { Exchange } from './session-peer.ts';

/** One request of a client, answered on the response to its POST, once. */
export class RequestExchange implements Exchange {
  readonly signal: AbortSignal;
  readonly #post: PostResponse;
  #isSettled = false;

  constructor(post: PostResponse, signal: AbortSignal) {
    this.#post = post;
    this.signal = signal;
  }

  send(text: string): void {
    if (this.#isOpen) this.#post.send(text);
  }

  pause(): void {
    if (this.#isOpen) this.#post.pause();
  }

  answer(text: string): void {
    if (this.#settles()) this.#post.answer(text);
  }

  abandon(): void {
    if (this.#settles()) this.#post.abandon();
  }

  get #isOpen(): boolean {
    return !this.#isSettled && !this.signal.aborted;
  }

  #settles(): boolean {
    const settles = this.#isOpen;
    this.#isSettled = true;
    return settles;
  }
}
