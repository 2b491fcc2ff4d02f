import type { RpcMessage } from '../rpc/rpc-message.ts';
import { endsOnce } from './ends-once.ts';
import { passOn } from './pass-on.ts';
import type { MakeTransport, ServerTransport, TransportListener } from './server-transport.ts';
import { TransportError } from './transport-error.ts';

/** A transport that ends when the server has not answered anything so long after the start. */
export class LimitedOpening implements ServerTransport {
  readonly #timeoutMs: number;
  readonly #listener: TransportListener;
  readonly #server: ServerTransport;
  #timer: NodeJS.Timeout | undefined;

  constructor(makeTransport: MakeTransport, timeoutMs: number, listener: TransportListener) {
    this.#timeoutMs = timeoutMs;
    this.#listener = endsOnce(listener);
    const own: Partial<TransportListener> = {
      received: (message, relatedTo) => {
        if (message.kind === 'result' || message.kind === 'error') clearTimeout(this.#timer);
        this.#listener.received(message, relatedTo);
      },
      ended: (error) => {
        clearTimeout(this.#timer);
        this.#listener.ended(error);
      },
    };
    this.#server = makeTransport(passOn(this.#listener, own));
  }

  async start(): Promise<void> {
    this.#timer = setTimeout(() => this.#giveUp(), this.#timeoutMs);
    this.#timer.unref();
    await this.#server.start();
  }

  send(message: RpcMessage, signal: AbortSignal): Promise<void> {
    return this.#server.send(message, signal);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#server.close();
  }

  #giveUp(): void {
    const words = `the server did not answer within ${this.#timeoutMs / 1000} s of its start`;
    this.#listener.ended(new TransportError('UNREACHABLE', words));
    void this.#server.close();
  }
}
