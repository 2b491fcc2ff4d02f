import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Caller, type Door, expectOwnHost, identifyCaller } from './caller.ts';
import { formatAddress, type TcpAddress } from './config/address.ts';
import type { Health } from './health.ts';
import { HttpError, sendJson } from './http-error.ts';
import type { Log } from './log.ts';

/** Headers of a request in bytes, and how long they may take in milliseconds. */
const maxHeaderBytes = 16 * 1024;
const headersTimeoutMs = 10_000;
/** How long a request may take to arrive, in milliseconds: the largest body at 1 Mbit/s. Answers may take any time. */
const requestTimeoutMs = 70_000;

/** What serves the MCP requests of one path. Throws an HttpError for what is refused. */
export interface McpRoute {
  serve(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void>;
}

/** What the HTTP server offers. */
export interface Routes {
  readonly door: Door;
  /** By the server's name: `/mcp/{server}`. */
  readonly mcp: ReadonlyMap<string, McpRoute>;
  /** All servers at once: `/mcp`. */
  readonly aggregate: McpRoute;
  readonly health: Health;
}

/** The gateway's HTTP server. */
export class HttpServer implements AsyncDisposable {
  readonly #routes: Routes;
  readonly #log: Log;
  readonly #server: Server;

  constructor(routes: Routes, log: Log) {
    this.#routes = routes;
    this.#log = log;
    this.#server = createServer({
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
    });
    this.#server.on('request', (request, response) => void this.#serve(request, response));
  }

  /** Binds; the port that was bound. Throws one sentence for whoever started the gateway. */
  async listen(address: TcpAddress): Promise<number> {
    this.#server.listen({ host: address.host, port: address.port });
    await once(this.#server, 'listening').catch((cause) => {
      throw new Error(`cannot listen on ${formatAddress(address)}: ${whyNot(cause)}`, { cause });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      // The client went away while it sent its request: there is nobody to answer.
      if (request.destroyed && !request.complete) return;
      if (!(error instanceof HttpError)) this.#log.write('error', `internal error: ${String(error)}`);
      const refusal = error instanceof HttpError ? error : new HttpError(500, 'internal', 'internal error');
      if (response.headersSent) response.destroy();
      else refusal.send(response);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [pathname = '/'] = (request.url ?? '/').split('?', 1);
    if (pathname === '/health') return this.#sendHealth(request, response);
    const caller = identifyCaller(request, this.#routes.door);
    if (/^\/mcp\/?$/.test(pathname)) return this.#routes.aggregate.serve(request, response, caller);
    const name = /^\/mcp\/([^/]+)\/?$/.exec(pathname)?.[1];
    if (name === undefined) {
      throw new HttpError(
        404,
        'not_found',
        'there is nothing here: MCP servers are at /mcp/{server}, all of them at /mcp, health is at /health',
      );
    }
    const endpoint = this.#routes.mcp.get(name);
    if (endpoint === undefined) {
      const known = [...this.#routes.mcp.keys()].sort().join(', ');
      throw new HttpError(404, 'unknown_server', `no server of this name is configured; there are: ${known}`);
    }
    return endpoint.serve(request, response, caller);
  }

  async #sendHealth(request: IncomingMessage, response: ServerResponse): Promise<void> {
    expectOwnHost(request, this.#routes.door);
    const { status, body } = await this.#routes.health.report();
    sendJson(response, status, body);
  }
}

function whyNot(cause: { readonly code?: string; readonly message: string }): string {
  const elsewhere = 'choose another port with --listen or gateway.listen';
  const sentences = new Map([
    ['EADDRINUSE', `another program does; ${elsewhere}`],
    ['EACCES', `permission denied; ${elsewhere}`],
    ['EADDRNOTAVAIL', 'this machine has no such address; listen on one that it has'],
    ['ENOTFOUND', 'there is no such name; write an address of this machine'],
  ]);
  return sentences.get(cause.code ?? '') ?? cause.message;
}
