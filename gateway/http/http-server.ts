import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { context } from '@opentelemetry/api';
import { formatAddress, type TcpAddress } from '../config/address.ts';
import type { TlsConfig } from '../config/gateway-config.ts';
import type { Closing } from '../control/closing.ts';
import type { ControlEndpoint } from '../control/control-endpoint.ts';
import type { Log } from '../log.ts';
import { faultOf } from '../said-of.ts';
import { contextOfHeaders } from '../telemetry/trace-context.ts';
import { type Caller, type Door, identifyCaller } from './caller.ts';
import { HttpError } from './http-error.ts';
import { type HttpLimits, httpLimits } from './http-limits.ts';

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
  readonly control: ControlEndpoint;
  readonly closing: Closing;
}

/** What the HTTP server is made with. */
export interface HttpServerParts {
  /** Undefined: plain HTTP. */
  readonly tls: TlsConfig | undefined;
  readonly log: Log;
  readonly limits?: HttpLimits;
}

/** The gateway's HTTP server. */
export class HttpServer implements AsyncDisposable {
  readonly #routes: Routes;
  readonly #log: Log;
  readonly #limits: HttpLimits;
  readonly #server: Server;

  constructor(routes: Routes, { tls, log, limits = httpLimits }: HttpServerParts) {
    this.#routes = routes;
    this.#log = log;
    this.#limits = limits;
    this.#server = openServer(tls, limits);
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
    response.on('timeout', endUnread);
    try {
      await context.with(contextOfHeaders(request.headers), () => this.#route(request, response));
    } catch (error) {
      // The client went away while it sent its request: there is nobody to answer.
      if (request.destroyed && !request.complete) return;
      if (!(error instanceof HttpError)) this.#log.write('error', 'internal error', faultOf(error));
      const refusal = error instanceof HttpError ? error : new HttpError(500, 'internal', 'internal error');
      if (response.headersSent) response.destroy();
      else refusal.send(response);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pathname = expectPath(request, this.#limits);
    const { control, door, closing } = this.#routes;
    const served = control.serve(request, response, pathname);
    if (served !== undefined) return served;
    const caller = identifyCaller(request, door);
    const route = this.#mcpRoute(pathname);
    closing.admit(request, response);
    return route.serve(request, response, caller);
  }

  /** What serves MCP at a path. Throws 404 where nothing does. */
  #mcpRoute(pathname: string): McpRoute {
    const { mcp, aggregate } = this.#routes;
    if (/^\/mcp\/?$/.test(pathname)) return aggregate;
    const name = /^\/mcp\/([^/]+)\/?$/.exec(pathname)?.[1];
    if (name === undefined) {
      throw new HttpError(
        404,
        'not_found',
        'there is nothing here: MCP servers are at /mcp/{server}, all of them at /mcp, health is at /health',
      );
    }
    const route = mcp.get(name);
    if (route !== undefined) return route;
    const known = [...mcp.keys()].sort().join(', ');
    throw new HttpError(404, 'unknown_server', `no server of this name is configured; there are: ${known}`);
  }
}

function openServer(tls: TlsConfig | undefined, limits: HttpLimits): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: limits.keepAliveMs,
  };
  const server =
    tls === undefined ? createServer(options) : createTlsServer({ ...options, ...secured(tls, limits) });
  server.maxConnections = limits.maxConnections;
  // Those above the limit would be dropped without a word: they are counted instead.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = 0;
  server.timeout = limits.unreadMs;
  return server;
}

/** With an authority, whoever shows no certificate of it does not get through the handshake. */
function secured({ certificate, privateKey, clientAuthority }: TlsConfig, limits: HttpLimits): TlsOptions {
  return {
    cert: certificate,
    key: privateKey,
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.handshakeTimeoutMs,
    ...(clientAuthority !== undefined && {
      ca: clientAuthority,
      requestCert: true,
      rejectUnauthorized: true,
    }),
  };
}

/** A connection is silent: its client waits for an answer, or does not read what it was sent. Idle ones Node ends. */
function endUnread(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}

/** The path that a request is for. Throws an HttpError for one that is none of ours to begin with. */
function expectPath({ url = '', rawHeaders }: IncomingMessage, limits: HttpLimits): string {
  if (rawHeaders.length > 2 * limits.maxHeaders)
    throw new HttpError(
      431,
      'too_many_headers',
      `a request may have ${limits.maxHeaders} headers: send less`,
    );
  if (url.length > limits.maxTargetCharacters)
    throw new HttpError(414, 'target_too_long', `a path may have ${limits.maxTargetCharacters} characters`);
  // As for a proxy, with another host's name in it: then Host does not tell whom the request is for.
  if (!url.startsWith('/'))
    throw new HttpError(400, 'bad_target', 'send the path only, and the host in Host');
  const [pathname = '/'] = url.split('?', 1);
  return pathname;
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
