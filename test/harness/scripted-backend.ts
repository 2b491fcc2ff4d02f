import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a scripted backend answers to `tools/call`: a result, a JSON-RPC error, or a fault of the transport. */
export type Script =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string } }
  | { readonly error: { readonly transport: string } };

/** A tool that a scripted backend offers. */
export interface ScriptedTool {
  readonly name: string;
  readonly script: Script;
  readonly annotations?: { readonly readOnlyHint: boolean };
}

interface Rpc {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { readonly name?: string };
}

/**
 * MCP servers over Streamable HTTP that answer what a test says, byte for byte: no server from npm would answer wrongly
 * on purpose. Each path is a server of its own.
 */
export class ScriptedBackends implements AsyncDisposable {
  readonly #http: Server;
  readonly #tools = new Map<string, readonly ScriptedTool[]>();
  /** The tool calls that arrived, by path: the names, in order. */
  readonly calls = new Map<string, string[]>();

  private constructor() {
    this.#http = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<ScriptedBackends> {
    const backends = new ScriptedBackends();
    backends.#http.listen(0, '127.0.0.1');
    await once(backends.#http, 'listening');
    return backends;
  }

  /** Adds a server; its address. */
  add(path: string, tools: readonly ScriptedTool[]): string {
    this.#tools.set(path, tools);
    this.calls.set(path, []);
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const tools = this.#tools.get(request.url ?? '');
    if (request.method !== 'POST' || tools === undefined) return void response.writeHead(405).end();
    const rpc: Rpc = JSON.parse((await request.toArray()).join(''));
    if (rpc.id === undefined) return void response.writeHead(202).end();
    const answer = this.#answer(rpc, tools, request.url ?? '');
    if (answer === 'timeout') return;
    if (answer === undefined) return void request.destroy();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: rpc.id, ...answer }));
  }

  #answer(rpc: Rpc, tools: readonly ScriptedTool[], path: string): object | 'timeout' | undefined {
    switch (rpc.method) {
      case 'initialize': {
        const serverInfo = { name: 'scripted', version: '1' };
        return { result: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo } };
      }
      case 'tools/list':
        return { result: { tools: tools.map(({ script: _, ...tool }) => ({ inputSchema: { type: 'object' }, ...tool })) } };
      case 'tools/call':
        this.calls.get(path)?.push(rpc.params?.name ?? '');
        return play(tools.find(({ name }) => name === rpc.params?.name)?.script);
      default:
        return { error: { code: -32601, message: 'Method not found' } };
    }
  }
}

function play(script: Script | undefined): object | 'timeout' | undefined {
  if (script === undefined) return { error: { code: -32602, message: 'Unknown tool' } };
  if ('result' in script) return script;
  if ('code' in script.error) return { error: script.error };
  return script.error.transport === 'timeout' ? 'timeout' : undefined;
}
