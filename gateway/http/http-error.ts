import type { ServerResponse } from 'node:http';

/** A request that is refused before it is MCP: a status, a code for programs, and a sentence that says what to do. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  send(response: ServerResponse): void {
    sendJson(response, this.status, { error: this.code, message: this.message }, this.headers);
  }
}

/** A request that is refused in the words of JSON-RPC, where an MCP client looks for them. */
export class RpcHttpError extends HttpError {
  readonly rpcCode: number;

  constructor(status: number, rpcCode: number, message: string) {
    super(status, 'rpc', message);
    this.rpcCode = rpcCode;
  }

  override send(response: ServerResponse): void {
    sendJson(response, this.status, {
      jsonrpc: '2.0',
      error: { code: this.rpcCode, message: this.message },
      id: null,
    });
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}
