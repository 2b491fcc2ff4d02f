import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that arrived, with the response that a test writes by hand. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly response: ServerResponse;
}

/** An HTTP server that does what a test says, faults included. */
export class HandMadeServer implements AsyncDisposable {
  readonly #http: Server;
  readonly #events = new EventEmitter().setMaxListeners(0);
  /** All requests, in order. */
  readonly arrivals: Arrival[] = [];

  private constructor(answer: (arrival: Arrival) => void) {
    this.#http = createServer(async (request, response) => {
      const { method = '', url: path = '', headers } = request;
      const body = Buffer.concat(await request.toArray()).toString();
      const arrival = { method, path, headers, body, response };
      this.arrivals.push(arrival);
      this.#events.emit('arrival');
      answer(arrival);
    });
  }

  static async start(answer: (arrival: Arrival) => void): Promise<HandMadeServer> {
    const server = new HandMadeServer(answer);
    server.#http.listen(0, '127.0.0.1');
    await once(server.#http, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/mcp`;
  }

  /** Waits for the request of this number among those that `isIt` is true of, whether it has arrived already or not. */
  async arrived(isIt: (arrival: Arrival) => boolean, number = 1): Promise<Arrival> {
    for (;;) {
      const arrival = this.arrivals.filter(isIt)[number - 1];
      if (arrival !== undefined) return arrival;
      await once(this.#events, 'arrival');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
  }
}
