import { BackendConnection } from './backend-connection.ts';
import { GatewayError } from './gateway-error.ts';
import type { Log } from './log.ts';
import { parseLossless } from './lossless-json.ts';
import { AnswerError } from './rpc/answer-error.ts';
import { rawMembers } from './rpc/raw-json.ts';
import { RpcMessageError } from './rpc/rpc-message-error.ts';
import type { MakeTransport } from './server-transport/server-transport.ts';
import { TransportError } from './server-transport/transport-error.ts';
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
  readonly #makeTransport: MakeTransport;
  readonly #log: Log;
  #connection: BackendConnection | undefined;
  #tools: readonly Tool[] | undefined;

  constructor(name: string, makeTransport: MakeTransport, log: Log) {
    this.#name = name;
    this.#makeTransport = makeTransport;
    this.#log = log;
  }

  /** The tools of the server, all pages. Throws BACKEND_UNAVAILABLE or BACKEND_ERROR. */
  async listTools(signal: AbortSignal): Promise<readonly Tool[]> {
    const tools: Tool[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < maxPages; page++) {
      const params = JSON.stringify({ cursor });
      const listed = parseToolList(await this.#read('tools/list', params, signal));
      tools.push(...listed.tools);
      if (listed.nextCursor === undefined) break;
      cursor = listed.nextCursor;
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
   * The tool result as the server spelled it; a tool that failed (`isError`) is a result, too. Throws BACKEND_UNAVAILABLE when the
   * server cannot be reached or dies meanwhile, BACKEND_ERROR when it answers with a JSON-RPC error or with nonsense.
   */
  async callTool(call: ToolCall, signal: AbortSignal): Promise<string> {
    const params = `{"name":${JSON.stringify(call.tool)},"arguments":${call.args}}`;
    return this.request('tools/call', params, signal);
  }

  /**
   * Sends any request; the result as the server spelled it. `params` is the JSON of an object. Throws what `callTool` throws.
   */
  async request(method: string, params: string, signal: AbortSignal): Promise<string> {
    const connection = this.#connected();
    await this.#opened(connection, signal);
    try {
      return expectJson(await connection.request(method, params, signal));
    } catch (cause) {
      signal.throwIfAborted();
      throw this.#asGatewayError(cause, connection);
    }
  }

  /** What the server says that it offers: the names of its capabilities. None where it cannot be reached in time. */
  async capabilities(signal: AbortSignal): Promise<ReadonlySet<string>> {
    try {
      const result = await this.#opened(this.#connected(), signal);
      return new Set(rawMembers(rawMembers(result).get('capabilities') ?? '{}').keys());
    } catch {
      return new Set();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection?.close();
  }

  /** Asks once more where the session had expired; only for what changes nothing at the server. */
  async #read(method: string, params: string, signal: AbortSignal): Promise<string> {
    try {
      return await this.request(method, params, signal);
    } catch (error) {
      if (!(error instanceof GatewayError) || !hasExpired(error.cause)) throw error;
      return this.request(method, params, signal);
    }
  }

  /** The result of `initialize`. Throws BACKEND_UNAVAILABLE. */
  async #opened(connection: BackendConnection, signal: AbortSignal): Promise<string> {
    try {
      // The connection is everybody's, so one caller's signal only ends that caller's wait.
      return await until(connection.opened, signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw new GatewayError('BACKEND_UNAVAILABLE', `${this.#name} cannot be reached: ${wordsOf(cause)}`, {
        cause,
      });
    }
  }

  #connected(): BackendConnection {
    if (this.#connection !== undefined) return this.#connection;
    const connection = new BackendConnection(this.#makeTransport, {
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

/** Guards and clients are given the text as it is: what no parser would read must not reach them. */
function expectJson(text: string): string {
  JSON.parse(text);
  return text;
}

/** The server has answered: with a JSON-RPC error, or with what is no JSON-RPC at all, or is too large. */
function isAnswer(error: unknown): boolean {
  if (error instanceof TransportError) return error.code === 'MALFORMED' || error.code === 'TOO_LARGE';
  return error instanceof AnswerError || error instanceof RpcMessageError || error instanceof SyntaxError;
}

/** The server did not let this one request in; the connection is as good as it was. */
function isRefusal(error: unknown): boolean {
  return error instanceof TransportError && [401, 403, 429].includes(error.status ?? 0);
}

function hasExpired(error: unknown): boolean {
  return error instanceof TransportError && error.code === 'SESSION_EXPIRED';
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface ToolList {
  readonly tools: readonly Tool[];
  readonly nextCursor: string | undefined;
}

/** Throws BACKEND_ERROR for what is no list of tools. */
function parseToolList(result: string): ToolList {
  const list = parseObject(result);
  const tools = list?.tools;
  if (!Array.isArray(tools) || !tools.every(isTool)) {
    throw new GatewayError(
      'BACKEND_ERROR',
      'the server answered tools/list with something that is no list of tools',
    );
  }
  return { tools, nextCursor: typeof list?.nextCursor === 'string' ? list.nextCursor : undefined };
}

function parseObject(text: string): { readonly tools?: unknown; readonly nextCursor?: unknown } | undefined {
  try {
    const value = parseLossless(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isTool(value: unknown): value is Tool {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}
