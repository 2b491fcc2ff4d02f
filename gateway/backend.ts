import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ErrorCode, McpError, type Result, ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { GatewayError } from './gateway-error.ts';
import type { Log } from './log.ts';
import { until } from './until.ts';

/** Pages of one list that are fetched at most: a server whose cursor never ends must not hold a call for ever. */
const maxPages = 100;

/** The SDK needs a timeout of its own; every call here has a signal that comes first. In milliseconds: a day. */
const neverMs = 24 * 60 * 60 * 1000;

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
  #client: Promise<Client> | undefined;
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
   * server cannot be reached or dies meanwhile, BACKEND_ERROR when it answers with a JSON-RPC error.
   */
  async callTool(call: ToolCall, signal: AbortSignal): Promise<string> {
    const params = { name: call.tool, arguments: JSON.parse(call.args) };
    return JSON.stringify(await this.#request({ method: 'tools/call', params }, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.close();
  }

  async #request(
    request: { method: string; params: Record<string, unknown> },
    signal: AbortSignal,
  ): Promise<Result> {
    const client = await this.#connected(signal);
    try {
      return await client.request(request, ResultSchema, { signal, timeout: neverMs });
    } catch (error) {
      signal.throwIfAborted();
      throw this.#asGatewayError(error);
    }
  }

  /** The connection is everybody's, so one caller's signal only ends that caller's wait. */
  #connected(signal: AbortSignal): Promise<Client> {
    if (this.#client === undefined) {
      const client = this.#connect(() => this.#forget(client));
      client.catch(() => this.#forget(client));
      this.#client = client;
    }
    return until(this.#client, signal);
  }

  async #connect(forget: () => void): Promise<Client> {
    const client = new Client({ name: 'sluice', version: '0.1.0' });
    client.onclose = forget;
    // Faults of the transport that end a request come back with that request.
    client.onerror = (error) => this.#log.write('debug', `backend: ${error.message}`, { server: this.#name });
    try {
      await client.connect(this.#makeTransport());
      return client;
    } catch (cause) {
      const sentence = `the server ${this.#name} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new GatewayError('BACKEND_UNAVAILABLE', sentence, { cause });
    }
  }

  #forget(client: Promise<Client> | undefined): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#tools = undefined;
  }

  #asGatewayError(error: unknown): GatewayError {
    const message = `the server ${this.#name}: ${error instanceof Error ? error.message : String(error)}`;
    if (!(error instanceof McpError) || error.code === ErrorCode.ConnectionClosed) {
      this.#forget(this.#client);
      return new GatewayError('BACKEND_UNAVAILABLE', message, { cause: error });
    }
    return new GatewayError('BACKEND_ERROR', message, { cause: error });
  }
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
