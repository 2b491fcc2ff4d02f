import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError } from '../http/http-error.ts';

/** The end of the gateway, where a client asks for it: no new requests, and some time for those that are under way. */
export class Closing {
  readonly #timeoutMs: number;
  readonly #underWay = new Set<ServerResponse>();
  readonly #ended = Promise.withResolvers<void>();
  #hasBegun = false;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Settles when closing has begun and nothing is under way any more, or the time for it is over. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Lets a request in; it is under way until its response has ended. Throws 503 when closing has begun. */
  admit(request: IncomingMessage, response: ServerResponse): void {
    if (this.#hasBegun)
      throw new HttpError(503, 'shutting_down', 'the gateway is shutting down: connect to another', {
        connection: 'close',
      });
    if (!listens(request)) this.#await(response);
  }

  /** Begins, with the response to whoever asked for it. False when it had begun already. */
  begin(response: ServerResponse): boolean {
    if (this.#hasBegun) return false;
    this.#hasBegun = true;
    this.#await(response);
    const timer = setTimeout(() => this.#ended.resolve(), this.#timeoutMs);
    void this.#ended.promise.then(() => clearTimeout(timer));
    return true;
  }

  #await(response: ServerResponse): void {
    this.#underWay.add(response);
    response.once('close', () => {
      this.#underWay.delete(response);
      if (this.#hasBegun && this.#underWay.size === 0) this.#ended.resolve();
    });
  }
}

/** What only waits for whatever may come ends when the gateway does. */
function listens({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' || headers['mcp-method'] === 'subscriptions/listen';
}
