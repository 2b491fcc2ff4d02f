import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ClientEndpoint } from '../../../gateway/client-endpoint/client-endpoint.ts';
import { type EndpointLimits, endpointLimits } from '../../../gateway/client-endpoint/endpoint-limits.ts';
import { HttpError } from '../../../gateway/http/http-error.ts';
import { type RawRequest, type RawResponse, rawRequest, rpc } from '../../e2e/raw-request.ts';
import { type Script, ScriptedPeer } from './scripted-peer.ts';
import { SseConnection } from './sse-connection.ts';

/** A session of a test. */
export interface BegunSession {
  readonly id: string;
  readonly peer: ScriptedPeer;
  /** What its requests have to carry. */
  readonly headers: Readonly<Record<string, string>>;
}

/** An endpoint on a port of loopback, with scripted peers behind it. The caller is whoever `x-caller` says. */
export class EndpointServer implements AsyncDisposable {
  readonly endpoint: ClientEndpoint;
  readonly peers: ScriptedPeer[] = [];
  /** What was thrown that is no HttpError: faults of the endpoint. */
  readonly faults: unknown[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #peered = Promise.withResolvers<ScriptedPeer>();
  #closed = Promise.withResolvers<void>();

  private constructor(script: Script, limits: Partial<EndpointLimits>) {
    const openPeer = (session: ConstructorParameters<typeof ScriptedPeer>[0]) => {
      const peer = new ScriptedPeer(session, script);
      this.peers.push(peer);
      this.#peered.resolve(peer);
      this.#peered = Promise.withResolvers();
      return peer;
    };
    this.endpoint = new ClientEndpoint(openPeer, { ...endpointLimits, ...limits });
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) => this.#count(socket));
  }

  static async start(script: Script = {}, limits: Partial<EndpointLimits> = {}): Promise<EndpointServer> {
    const server = new EndpointServer(script, limits);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.port}/`);
  }

  /** The peer of the session that begins next. */
  nextPeer(): Promise<ScriptedPeer> {
    return this.#peered.promise;
  }

  /** Breaks all connections, as a network does. */
  breakConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Settles when as few connections are open. */
  async connectionsLeft(count: number): Promise<void> {
    while (this.#sockets.size > count) await this.#closed.promise;
  }

  /** Begins a session in a revision, which its requests name then. */
  async begin(version = '2025-11-25', headers: Readonly<Record<string, string>> = {}): Promise<BegunSession> {
    const response = await this.ask({ headers, body: initialize(version) });
    const id = String(response.headers['mcp-session-id']);
    const peer = this.peers.find(({ session }) => session.id === id);
    if (peer === undefined) throw new Error(`no session: ${response.status} ${response.body}`);
    return { id, peer, headers: { ...headers, 'mcp-session-id': id, 'mcp-protocol-version': version } };
  }

  /** One request, answered in full. */
  ask(request: RawRequest): Promise<RawResponse> {
    return rawRequest(this.port, request);
  }

  /** One request whose response is read event by event. */
  open(request: RawRequest): Promise<SseConnection> {
    return SseConnection.open(this.port, request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.endpoint[Symbol.dispose]();
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
      const [principal = '', run = ''] = String(request.headers['x-caller'] ?? 'somebody').split('/');
      await this.endpoint.serve(request, response, { principal, run });
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      if (error instanceof HttpError) error.send(response);
      else this.faults.push(error);
    }
  }
}

/** An `initialize` in a revision. */
export function initialize(protocolVersion: string): string {
  return rpc('initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'raw', version: '1' } });
}

/** The status and the JSON-RPC code of a refusal. */
export function refusalOf({ status, body }: RawResponse): string {
  return `${status} ${JSON.parse(body).error.code}`;
}
