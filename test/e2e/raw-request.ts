import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';

/** A request as no well-behaved client would send it. */
export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  /** `host` stands in for the one that Node would send; one that is `undefined` is not sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
}

/** What came back. */
export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Sends a request to loopback, byte for byte. */
export async function rawRequest(port: number, request: RawRequest): Promise<RawResponse> {
  const { method = 'POST', path = '/', body } = request;
  const headers = { ...mcpHeaders, host: `127.0.0.1:${port}`, ...request.headers };
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  const outgoing = httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: Object.fromEntries(given),
    setHost: false,
    // A connection of its own: the next request must not meet what is left of this one.
    agent: false,
  });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks = await incoming.toArray();
  outgoing.destroy();
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

/** The text of a JSON-RPC request. */
export function rpc(method: string, params: object = {}, id: number | string = 1): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

/** An `initialize` request. */
export const initialize = rpc('initialize', {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'raw', version: '1' },
});

/** Begins an MCP session; its id. */
export async function begin(
  port: number,
  path: string,
  headers: RawRequest['headers'] = {},
): Promise<string> {
  const response = await rawRequest(port, { path, headers, body: initialize });
  const id = response.headers['mcp-session-id'];
  if (typeof id !== 'string') throw new Error(`no session: ${response.status} ${response.body}`);
  return id;
}

/** The JSON-RPC messages of a response: one JSON body, or the events of a stream. */
export function messagesOf({ headers, body }: RawResponse): readonly RpcMessage[] {
  if (headers['content-type'] !== 'text/event-stream') return [JSON.parse(body)];
  return [...body.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data));
}

/** A JSON-RPC response. */
export interface RpcMessage {
  readonly id: number | string | null;
  readonly result?: { readonly [field: string]: unknown };
  readonly error?: { readonly code: number; readonly message: string };
}

const mcpHeaders = {
  connection: 'keep-alive',
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};
