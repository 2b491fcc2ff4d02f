import type { IncomingMessage } from 'node:http';
import { type RpcMessage, readMessages } from '../rpc/rpc-message.ts';
import { saidOf } from '../said-of.ts';
import { discardBody, type HttpAddress, HttpExchange, refusalOf } from './http-exchange.ts';
import { expectStream, readEvents } from './read-events.ts';
import type { ServerTransport, TransportListener } from './server-transport.ts';
import { SseReader, type StreamEvent } from './sse-reader.ts';
import { TransportError } from './transport-error.ts';

/** The endpoint is the first that a server says: one that says nothing for so long is another kind of server. */
const openMs = 10_000;

/**
 * A server that is reached by the transport of the revision 2024-11-05: one stream of events for all that it says, which
 * names the address for what it is told. The session is the stream, so the end of the one is the end of the other.
 */
export class SseTransport implements ServerTransport {
  readonly #http: HttpExchange;
  readonly #listener: TransportListener;
  readonly #ending = new AbortController();
  readonly #endpoint = Promise.withResolvers<URL>();

  constructor(address: HttpAddress, listener: TransportListener) {
    this.#http = new HttpExchange(address);
    this.#listener = listener;
    // Who started it hears of it; there may be nobody.
    this.#endpoint.promise.catch(() => undefined);
  }

  async start(): Promise<void> {
    try {
      const headers = { accept: 'text/event-stream' };
      const response = await this.#http.open({ method: 'GET', headers }, this.#ending.signal);
      if (response.statusCode !== 200) throw await refusalOf(response);
      void this.#follow(expectStream(response));
      await this.#endpointWithin(openMs);
    } catch (cause) {
      const error = asTransportError(cause);
      this.#end(error);
      throw error;
    }
  }

  async send(message: RpcMessage, signal: AbortSignal): Promise<void> {
    if (this.#ending.signal.aborted) throw closed();
    const url = await this.#endpoint.promise;
    const headers = { 'content-type': 'application/json' };
    const response = await this.#http.open({ method: 'POST', headers, body: message.text }, signal, url);
    const status = response.statusCode ?? 0;
    if (status < 200 || status >= 300) throw await refusalOf(response);
    discardBody(response);
  }

  async close(): Promise<void> {
    this.#end(undefined);
  }

  async #endpointWithin(timeoutMs: number): Promise<void> {
    const late = new TransportError('MALFORMED', `the server named no endpoint within ${timeoutMs} ms`);
    const timer = setTimeout(() => this.#endpoint.reject(late), timeoutMs);
    await this.#endpoint.promise.finally(() => clearTimeout(timer));
  }

  async #follow(response: IncomingMessage): Promise<void> {
    try {
      const broken = await readEvents(response, new SseReader(), (event) => this.#take(event));
      this.#end(broken ?? new TransportError('BROKEN', 'the server closed its connection'));
    } catch (error) {
      this.#end(asTransportError(error));
    }
  }

  /** Throws for an endpoint elsewhere, which ends the stream. */
  #take({ type, data }: StreamEvent): void {
    if (type === 'endpoint') this.#endpoint.resolve(this.#http.resolve(data));
    if (type !== 'message') return;
    try {
      for (const message of readMessages(data)) this.#listener.received(message);
    } catch (error) {
      if (error instanceof Error) this.#listener.fault(error);
    }
  }

  #end(error: TransportError | undefined): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort(error ?? closed());
    this.#endpoint.reject(error ?? closed());
    this.#http.close();
    this.#listener.ended(error);
  }
}

function closed(): TransportError {
  return new TransportError('CLOSED', 'the connection was closed');
}

function asTransportError(cause: unknown): TransportError {
  return cause instanceof TransportError
    ? cause
    : new TransportError('BROKEN', String(cause), { cause, summary: saidOf(cause).words });
}
