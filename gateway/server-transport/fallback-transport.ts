import type { RpcMessage } from '../rpc/rpc-message.ts';
import type { HttpAddress } from './http-exchange.ts';
import { HttpTransport } from './http-transport.ts';
import type { ServerTransport, TransportListener } from './server-transport.ts';
import { SseTransport } from './sse-transport.ts';
import { TransportError } from './transport-error.ts';

/** What a server of 2024-11-05 answers to a POST where its stream is. */
const notHere: readonly (number | undefined)[] = [400, 404, 405];

/**
 * A server over HTTP of any revision: Streamable HTTP, and where `initialize` is refused, the transport of 2024-11-05, as the
 * revisions ask of clients.
 */
export class FallbackTransport implements ServerTransport {
  readonly #address: HttpAddress;
  readonly #listener: TransportListener;
  #current: ServerTransport;

  constructor(address: HttpAddress, listener: TransportListener) {
    this.#address = address;
    this.#listener = listener;
    const first: ServerTransport = new HttpTransport(address, {
      received: (message, relatedTo) => listener.received(message, relatedTo),
      paused: (id) => listener.paused?.(id),
      fault: (error) => listener.fault(error),
      ended: (error) => {
        if (this.#current === first) listener.ended(error);
      },
    });
    this.#current = first;
  }

  start(): Promise<void> {
    return this.#current.start();
  }

  async send(message: RpcMessage, signal: AbortSignal): Promise<void> {
    try {
      return await this.#current.send(message, signal);
    } catch (error) {
      const isBegin = message.kind === 'request' && message.method === 'initialize';
      if (!isBegin || !(error instanceof TransportError) || !notHere.includes(error.status)) throw error;
      await this.#fallBack(error);
    }
    return this.#current.send(message, signal);
  }

  close(): Promise<void> {
    return this.#current.close();
  }

  /** Throws what Streamable HTTP was refused with where the old transport is not there either. */
  async #fallBack(refusal: TransportError): Promise<void> {
    const refused = this.#current;
    let isOpen = false;
    const old = new SseTransport(this.#address, {
      received: (message) => this.#listener.received(message),
      fault: (error) => this.#listener.fault(error),
      ended: (error) => this.#listener.ended(isOpen || error === undefined ? error : refusal),
    });
    this.#current = old;
    await refused.close();
    try {
      await old.start();
      isOpen = true;
    } catch {
      throw refusal;
    }
  }
}
