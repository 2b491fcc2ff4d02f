import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { identifyCaller } from '../../../gateway/http/caller.ts';
import { HttpError } from '../../../gateway/http/http-error.ts';
import type { EraRouter } from '../../../gateway/modern-endpoint/era-router.ts';
import type { ModernEndpoint } from '../../../gateway/modern-endpoint/modern-endpoint.ts';
import { anybody } from '../served-routes.ts';

/** An endpoint on a port of loopback, for own hosts only. The principal is whoever `x-principal` says. */
export class ModernListener implements AsyncDisposable {
  readonly #endpoint: ModernEndpoint | EraRouter;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What was thrown that is no HttpError: faults of the endpoint. */
  readonly faults: unknown[] = [];
  #closed = Promise.withResolvers<void>();

  private constructor(endpoint: ModernEndpoint | EraRouter) {
    this.#endpoint = endpoint;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) => this.#count(socket));
  }

  static async start(endpoint: ModernEndpoint | EraRouter): Promise<ModernListener> {
    const listener = new ModernListener(endpoint);
    listener.#server.listen(0, '127.0.0.1');
    await once(listener.#server, 'listening');
    return listener;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  /** Settles when as few connections are open. */
  async connectionsLeft(count: number): Promise<void> {
    while (this.#sockets.size > count) await this.#closed.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#endpoint[Symbol.dispose]();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #count(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#closed.resolve();
      this.#closed = Promise.withResolvers();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { run } = identifyCaller(request, anybody);
      const principal = String(request.headers['x-principal'] ?? 'somebody');
      await this.#endpoint.serve(request, response, { principal, run });
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      if (error instanceof HttpError) error.send(response);
      else this.faults.push(error);
    }
  }
}
