import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a scripted backend answers to `tools/call`: a result, a JSON-RPC error, or a fault of the transport. */
export type Script =
  | { readonly result: unknown }
  | { readonly json: string }
  | { readonly error: { readonly code: number; readonly message: string } }
  | { readonly error: { readonly transport: string } };

/** A script that depends on the arguments, or that the test holds back. */
export type Scene = (args: Readonly<Record<string, unknown>>) => Script | Promise<Script>;

/** A tool that a scripted backend offers. */
export interface ScriptedTool {
  readonly name: string;
  readonly script: Script | Scene;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** A message that arrived. */
export interface Rpc {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: Readonly<Record<string, unknown>>;
    readonly cursor?: string;
    readonly [field: string]: unknown;
  };
}

/**
 * MCP servers over Streamable HTTP that answer what a test says, byte for byte: no server from npm would answer wrongly
 * on purpose. Each path is a server of its own.
 */
export class ScriptedBackends implements AsyncDisposable {
  readonly #http: Server;
  readonly #tools = new Map<string, readonly ScriptedTool[]>();
  readonly #arrivals = new EventEmitter().setMaxListeners(0);
  /** The tool calls that arrived, by path: the names, in order. */
  readonly calls = new Map<string, string[]>();
  /** Every message that arrived, by path, in order. */
  readonly messages = new Map<string, Rpc[]>();
  /** The same, as the text that it was. */
  readonly texts = new Map<string, string[]>();
  /** The HTTP requests that arrived, by path: the headers, in order. */
  readonly headers = new Map<string, IncomingMessage['headers'][]>();
  /** Tools in one page of `tools/list`. */
  toolsPerPage = Number.POSITIVE_INFINITY;

  private constructor() {
    this.#http = createServer((request, response) => void this.#serve(request, response));
  }

  /** Starts them, on any free port where none is given. */
  static async start({ port = 0 } = {}): Promise<ScriptedBackends> {
    const backends = new ScriptedBackends();
    backends.#http.listen(port, '127.0.0.1');
    await once(backends.#http, 'listening');
    return backends;
  }

  /** Adds a server; its address. */
  add(path: string, tools: readonly ScriptedTool[]): string {
    this.#tools.set(path, tools);
    this.calls.set(path, []);
    this.messages.set(path, []);
    this.headers.set(path, []);
    this.texts.set(path, []);
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}${path}`;
  }

  /** Waits for a message that `isIt` is true of, whether it has arrived already or not. */
  async arrived(path: string, isIt: (message: Rpc) => boolean): Promise<Rpc> {
    for (;;) {
      const message = this.messages.get(path)?.find(isIt);
      if (message !== undefined) return message;
      await once(this.#arrivals, path);
    }
  }

  /** Waits for so many calls of a tool. */
  async called(path: string, tool: string, count = 1): Promise<void> {
    while ((this.calls.get(path) ?? []).filter((name) => name === tool).length < count)
      await once(this.#arrivals, path);
  }

  /** Waits until the server is told that a call was cancelled; the reason that it is given. */
  async cancelled(path: string): Promise<unknown> {
    const message = await this.arrived(path, ({ method }) => method === 'notifications/cancelled');
    return message.params?.reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const tools = this.#tools.get(path);
    if (request.method !== 'POST' || tools === undefined) return void response.writeHead(405).end();
    const text = Buffer.concat(await request.toArray()).toString();
    const rpc: Rpc = JSON.parse(text);
    this.texts.get(path)?.push(text);
    this.headers.get(path)?.push(request.headers);
    this.#note(path, rpc);
    if (rpc.id === undefined) return void response.writeHead(202).end();
    const answer = await this.#answer(rpc, tools);
    if (answer === 'timeout') return;
    if (answer === undefined) return void request.socket.destroy();
    if (typeof answer === 'number') return void response.writeHead(answer).end();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`{"jsonrpc":"2.0","id":${JSON.stringify(rpc.id)},${answer}}`);
  }

  #note(path: string, rpc: Rpc): void {
    this.messages.get(path)?.push(rpc);
    if (rpc.method === 'tools/call') this.calls.get(path)?.push(rpc.params?.name ?? '');
    this.#arrivals.emit(path);
  }

  async #answer(rpc: Rpc, tools: readonly ScriptedTool[]): Promise<Answer> {
    switch (rpc.method) {
      case 'initialize': {
        const serverInfo = { name: 'scripted', version: '1' };
        return result({ protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo });
      }
      case 'tools/list':
        return result(this.#page(tools, Number(rpc.params?.cursor ?? 0)));
      case 'tools/call': {
        const script = tools.find(({ name }) => name === rpc.params?.name)?.script;
        return play(typeof script === 'function' ? await script(rpc.params?.arguments ?? {}) : script);
      }
      default:
        return error({ code: -32601, message: 'Method not found' });
    }
  }

  #page(tools: readonly ScriptedTool[], start: number): object {
    const end = start + this.toolsPerPage;
    const listed = tools
      .slice(start, end)
      .map(({ script: _, ...tool }) => ({ inputSchema: { type: 'object' }, ...tool }));
    return { tools: listed, ...(end < tools.length && { nextCursor: String(end) }) };
  }
}

/** The rest of a JSON-RPC response, an HTTP status, nothing at all (`timeout`), or a connection that breaks. */
type Answer = string | number | 'timeout' | undefined;

function play(script: Script | undefined): Answer {
  if (script === undefined) return error({ code: -32602, message: 'Unknown tool' });
  if ('json' in script) return `"result":${script.json}`;
  if ('result' in script) return result(script.result);
  if ('code' in script.error) return error(script.error);
  const { transport } = script.error;
  if (transport === 'timeout') return 'timeout';
  return /^\d{3}$/.test(transport) ? Number(transport) : undefined;
}

function result(value: unknown): string {
  return `"result":${JSON.stringify(value)}`;
}

function error(value: { readonly code: number; readonly message: string }): string {
  return `"error":${JSON.stringify(value)}`;
}
