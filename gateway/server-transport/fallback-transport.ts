import type { RpcMessage } from '../rpc/rpc-message.ts';
import type { HttpAddress } from './http-exchange.ts';
import { HttpTransport } from './http-transport.ts';

import { Patience } from './patience.ts';
import type { ServerTransport, TransportListener } from './server-transport.ts';
import { SseTransport } from './sse-transport.ts';
import { TransportError } from './transport-error.ts';

/** What a server of 2024-11-05 answers to a POST where its stream is. */
const notHere: readonly (number | undefined)[] = [400, 404, 405];

/**
 * A server over HTTP of any revision: Streamable HTTP, and where `initialize` is refused, the transport of 2024-11-05, as the
 * revisions ask of clients. A server that is not there yet is waited for with `initialize`.
 */
export class FallbackTransport implements ServerTransport {
  readonly #address: HttpAddress;
  readonly #listener: TransportListener;
  readonly #patience: Patience;
  readonly #ending = new AbortController();
  #current: ServerTransport;

  /** `patience` is shared by all connections to the server. */
  constructor(address: HttpAddress, listener: TransportListener, patience = new Patience(0)) {
    this.#address = address;
    this.#listener = listener;
    this.#patience = patience;
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
    if (message.kind !== 'request' || message.method !== 'initialize')
      return this.#current.send(message, signal);
    const ending = AbortSignal.any([signal, this.#ending.signal]);
    await this.#patience.attempt(() => this.#begin(message, signal), ending);
  }

  close(): Promise<void> {
    this.#ending.abort(new TransportError('CLOSED', 'the connection was closed'));
    return this.#current.close();
  }

  async #begin(initialize: RpcMessage, signal: AbortSignal): Promise<void> {
    try {
      return await this.#current.send(initialize, signal);
    } catch (error) {
      if (!(error instanceof TransportError) || !notHere.includes(error.status)) throw error;
      await this.#fallBack(error);
    }
    return this.#current.send(initialize, signal);
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
