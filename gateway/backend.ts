import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { McpError, type Result } from '@modelcontextprotocol/sdk/types.js';
import { BackendConnection } from './backend-connection.ts';
import { GatewayError } from './gateway-error.ts';
import type { Log } from './log.ts';
import { parseLossless } from './lossless-json.ts';
import { until } from './until.ts';

/** Pages of one list that are fetched at most: a server whose cursor never ends must not hold a call for ever. */
const maxPages = 100;

/** A tool as its server lists it. */
export interface Tool {
  readonly name: string;
  readonly annotations?: { readonly readOnlyHint?: boolean };
  readonly [field: string]: unknown;
}

/** One call of a tool. */
export interface ToolCall {
  readonly tool: string;
  /** A JSON object, as text: what the guard judges and what the server gets are the same bytes. */
  readonly args: string;
}

/** The MCP server behind the gateway: one connection, opened when it is needed and opened again when it was lost. */
export class Backend implements AsyncDisposable {
  readonly #name: string;
  readonly #makeTransport: () => Transport;
  readonly #log: Log;
  #connection: BackendConnection | undefined;
  #tools: readonly Tool[] | undefined;

  constructor(name: string, makeTransport: () => Transport, log: Log) {
    this.#name = name;
    this.#makeTransport = makeTransport;
    this.#log = log;
  }

  /** The tools of the server, all pages. Throws BACKEND_UNAVAILABLE or BACKEND_ERROR. */
  async listTools(signal: AbortSignal): Promise<readonly Tool[]> {
    const tools: Tool[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < maxPages; page++) {
      const params = cursor === undefined ? {} : { cursor };
      const result = await this.#request({ method: 'tools/list', params }, signal);
      tools.push(...expectTools(result));
      if (typeof result.nextCursor !== 'string') break;
      cursor = result.nextCursor;
    }
    this.#tools = tools;
    return tools;
  }

  /** A tool by name, or nothing when the server has none of that name. The list is asked for again when it is missing. */
  async findTool(name: string, signal: AbortSignal): Promise<Tool | undefined> {
    const known = this.#tools?.find((tool) => tool.name === name);
    return known ?? (await this.listTools(signal)).find((tool) => tool.name === name);
  }

  /**
   * The tool result as JSON text; a tool that failed (`isError`) is a result, too. Throws BACKEND_UNAVAILABLE when the
   * server cannot be reached or dies meanwhile, BACKEND_ERROR when it answers with a JSON-RPC error or with nonsense.
   */
  async callTool(call: ToolCall, signal: AbortSignal): Promise<string> {
    const params = { name: call.tool, arguments: parseLossless(call.args) };
    return JSON.stringify(await this.#request({ method: 'tools/call', params }, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection?.close();
  }

  async #request(
    request: { method: string; params: Record<string, unknown> },
    signal: AbortSignal,
  ): Promise<Result> {
    const connection = this.#connected();
    try {
      // The connection is everybody's, so one caller's signal only ends that caller's wait.
      await until(connection.opened, signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw new GatewayError('BACKEND_UNAVAILABLE', `${this.#name} cannot be reached: ${wordsOf(cause)}`, {
        cause,
      });
    }
    try {
      return await connection.request(request, signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw this.#asGatewayError(cause, connection);
    }
  }

  #connected(): BackendConnection {
    if (this.#connection !== undefined) return this.#connection;
    const connection = new BackendConnection(this.#makeTransport(), {
      end: () => this.#forget(connection),
      // Those that end a request come back with that request.
      fault: (error) => this.#log.write('debug', `backend: ${error.message}`, { server: this.#name }),
    });
    this.#connection = connection;
    return connection;
  }

  #forget(connection: BackendConnection): void {
    connection.retire();
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#tools = undefined;
  }

  #asGatewayError(cause: unknown, connection: BackendConnection): GatewayError {
    const message = `${this.#name}: ${wordsOf(cause)}`;
    if (!connection.isClosed && isAnswer(cause)) return new GatewayError('BACKEND_ERROR', message, { cause });
    if (!isRefusal(cause)) this.#forget(connection);
    return new GatewayError('BACKEND_UNAVAILABLE', message, { cause });
  }
}

/** The server has answered: with a JSON-RPC error, or with what is no JSON-RPC at all. */
function isAnswer(error: unknown): boolean {
  return error instanceof McpError || error instanceof SyntaxError || wordsOf(error, 'name') === 'ZodError';
}

/** The server did not let this one request in; the connection is as good as it was. */
function isRefusal(error: unknown): boolean {
  return error instanceof StreamableHTTPError && [401, 403, 429].includes(error.code ?? 0);
}

function wordsOf(error: unknown, field: 'name' | 'message' = 'message'): string {
  return error instanceof Error ? error[field] : String(error);
}

function expectTools(result: Result): Tool[] {
  const tools = result.tools;
  if (!Array.isArray(tools) || !tools.every(isTool)) {
    throw new GatewayError(
      'BACKEND_ERROR',
      'the server answered tools/list with something that is no list of tools',
    );
  }
  return tools;
}

function isTool(value: unknown): value is Tool {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}
