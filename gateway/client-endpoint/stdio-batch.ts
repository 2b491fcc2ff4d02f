import type { RpcAnswer } from '../rpc/rpc-message.ts';

/** The answers to a batch, which go to the client together when there will be no more of them. */
export class StdioBatch {
  readonly #send: (text: string) => void;
  readonly #answers: string[] = [];
  #open: number;

  /** `requests` of them are in the batch, one or more. */
  constructor(requests: number, send: (text: string) => void) {
    this.#open = requests;
    this.#send = send;
  }

  /** The answer to one of the requests; nothing where there will be none. */
  settle(text: RpcAnswer['text'] | undefined): void {
    if (text !== undefined) this.#answers.push(text);
    this.#open--;
    if (this.#open === 0 && this.#answers.length > 0) this.#send(`[${this.#answers.join(',')}]`);
  }
}
