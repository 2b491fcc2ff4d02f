import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  type EventStore,
  StreamableHTTPServerTransport,
} from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** An HTTP request that arrived, with what was made of it. */
interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The SDK's server over Streamable HTTP, with sessions and streams that can be resumed. */
export class SdkHttpServer implements AsyncDisposable {
  readonly #http: Server;
  readonly #makeServer: () => McpServer;
  readonly #transports = new Map<string, StreamableHTTPServerTransport>();
  readonly #retryMs: number;
  readonly #events = new EventEmitter();
  readonly arrivals: Arrival[] = [];

  private constructor(makeServer: () => McpServer, retryMs: number) {
    this.#makeServer = makeServer;
    this.#retryMs = retryMs;
    this.#http = createServer((request, response) => void this.#serve(request, response));
  }

  /** `makeServer` is called for each session; clients are told to wait `retryMs` before they open a stream again. */
  static async start(makeServer: () => McpServer, retryMs = 10, port = 0): Promise<SdkHttpServer> {
    const server = new SdkHttpServer(makeServer, retryMs);
    server.#http.listen(port, '127.0.0.1');
    await once(server.#http, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/mcp`;
  }

  /** The sessions that live. */
  get sessions(): readonly string[] {
    return [...this.#transports.keys()];
  }

  /** Waits until a client has ended a session. */
  async hasEnded(session: string): Promise<void> {
    while (this.#transports.has(session)) await once(this.#events, 'closed');
  }

  /** Forgets all sessions, as a server does that was started again. */
  forget(): void {
    this.#transports.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.arrivals.push({ request, response });
    const session = request.headers['mcp-session-id'];
    if (session === undefined) return (await this.#begin()).handleRequest(request, response);
    const transport = this.#transports.get(String(session));
    if (transport === undefined) return void response.writeHead(404).end();
    await transport.handleRequest(request, response);
  }

  async #begin(): Promise<StreamableHTTPServerTransport> {
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: eventStore(),
      retryInterval: this.#retryMs,
      onsessioninitialized: (session) => void this.#transports.set(session, transport),
      onsessionclosed: (session) => {
        this.#transports.delete(session);
        this.#events.emit('closed');
      },
    });
    // The class declares its callbacks as accessors that may be undefined, the interface as optional properties.
    await this.#makeServer().connect(transport as Transport);
    return transport;
  }
}

/** Keeps all events, in order. The SDK's own example cannot find the stream of a session's events. */
function eventStore(): EventStore {
  const events: { streamId: string; message: JSONRPCMessage }[] = [];
  return {
    async storeEvent(streamId, message) {
      return String(events.push({ streamId, message }));
    },
    async replayEventsAfter(lastEventId, { send }) {
      const streamId = events[Number(lastEventId) - 1]?.streamId ?? '';
      for (const [index, event] of events.entries()) {
        if (index >= Number(lastEventId) && event.streamId === streamId)
          await send(String(index + 1), event.message);
      }
      return streamId;
    },
  };
}
