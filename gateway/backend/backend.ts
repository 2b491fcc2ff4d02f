import { GatewayError } from '../gateway-error.ts';
import type { Log } from '../log.ts';
import { helloParams } from '../rpc/rpc-client.ts';
import type { RpcNotification } from '../rpc/rpc-message.ts';
import { saidOf } from '../said-of.ts';
import type { MakeTransport } from '../server-transport/server-transport.ts';
import { TransportError } from '../server-transport/transport-error.ts';
import { inBackendSpan, type ToldServer } from '../telemetry/backend-span.ts';
import { detached } from '../telemetry/trace-context.ts';
import { until } from '../until.ts';
import { version } from '../version.ts';
import { BackendConnection, type ConnectionListener } from './backend-connection.ts';
import { backendFailure, expectJson, unreachable } from './backend-failure.ts';
import type { CallContext, LinkListener, LinkRequest, ServerLink } from './server-link.ts';
import { StandingRequests } from './standing-requests.ts';
import { ToolCatalog } from './tool-catalog.ts';
import type { ToolDefinition, ToolPage } from './tool-definition.ts';

/** Nobody waits for what is said again. */
const never = new AbortController().signal;

/** One call of a tool. */
export interface ToolCall {
  readonly tool: string;
  /** A JSON object, as text: what the guard judges and what the server gets are the same bytes. */
  readonly args: string;
}

/** The request that a call is, where there is nothing else to say. */
export function callRequest({ tool, args }: ToolCall): LinkRequest {
  return { method: 'tools/call', params: `{"name":${JSON.stringify(tool)},"arguments":${args}}` };
}

/** What the gateway says of itself where it is the client. */
export const ownHello = helloParams({ name: 'sluice', version });

/** Whom a backend is opened for; without it, for the gateway itself. */
export interface BackendClient {
  /** The params of its `initialize`, which may have changed by the time of another connection. */
  readonly hello: () => string;
  readonly listener: LinkListener;
}

/** What a backend is made of, besides its server. */
export interface BackendParts {
  readonly log: Log;
  readonly client?: BackendClient;
  /** How it is reached, for spans (`networkOf`). */
  readonly network?: ToldServer['network'];
  /** Told whether the server could be reached, each time. */
  readonly reached?: (isReached: boolean) => void;
}

/** A server that speaks a revision with `initialize`: one connection, opened when it is needed, and again when it was lost. */
export class Backend implements ServerLink {
  readonly #name: string;
  readonly #told: ToldServer;
  readonly #makeTransport: MakeTransport;
  readonly #log: Log;
  readonly #client: BackendClient | undefined;
  readonly #reached: BackendParts['reached'];
  readonly #catalog = new ToolCatalog((params, signal) =>
    this.request({ method: 'tools/list', params, isRepeatable: true }, signal),
  );
  /** What the server has to be told again by another connection. */
  readonly #standing = new StandingRequests();
  #connection: BackendConnection | undefined;
  #wasOpen = false;
  #isClosed = false;

  constructor(name: string, makeTransport: MakeTransport, parts: BackendParts) {
    this.#name = name;
    this.#told = { name, network: parts.network ?? {} };
    this.#makeTransport = makeTransport;
    this.#log = parts.log;
    this.#client = parts.client;
    this.#reached = parts.reached;
  }

  /** The tools of the server, all pages. Throws BACKEND_UNAVAILABLE or BACKEND_ERROR. */
  listTools(signal: AbortSignal): Promise<readonly ToolDefinition[]> {
    return this.#catalog.list(signal);
  }

  findTool(name: string, signal: AbortSignal): Promise<ToolDefinition | undefined> {
    return this.#catalog.find(name, signal);
  }

  noteTools(result: string): ToolPage {
    return this.#catalog.note(result);
  }

  /**
   * The tool result as the server spelled it; a tool that failed (`isError`) is a result, too. Throws BACKEND_UNAVAILABLE when the
   * server cannot be reached or dies meanwhile, BACKEND_ERROR when it answers with a JSON-RPC error or with nonsense.
   */
  callTool(call: ToolCall, signal: AbortSignal): Promise<string> {
    return this.request(callRequest(call), signal);
  }

  /** Sends any request. Throws what `callTool` throws. */
  request(request: LinkRequest, signal: AbortSignal): Promise<string> {
    return inBackendSpan(this.#told, request, (sent) => this.#askTwice(sent, signal));
  }

  async #askTwice(request: LinkRequest, signal: AbortSignal): Promise<string> {
    try {
      const result = await this.#ask(request, signal);
      this.#standing.note(request);
      return result;
    } catch (error) {
      const isForgotten = error instanceof GatewayError && hasExpired(error.cause);
      if (!isForgotten || request.isRepeatable !== true) throw error;
      return this.#ask(request, signal);
    }
  }

  /** The result of `initialize` as the server spelled it. */
  async welcome(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return this.#opened(this.#connected(), signal);
  }

  notify(notification: RpcNotification): void {
    // A connection that is not there yet has nothing to be told.
    this.#connection?.notify(notification).catch((error) => this.#fault(error));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#connection?.close();
  }

  async #ask(request: LinkRequest, signal: AbortSignal): Promise<string> {
    // Before a connection is opened that nobody waits for.
    signal.throwIfAborted();
    const connection = this.#connected();
    await this.#opened(connection, signal);
    try {
      return expectJson(await connection.request(request, signal));
    } catch (cause) {
      signal.throwIfAborted();
      throw this.#asGatewayError(cause, connection);
    }
  }

  /** The result of `initialize`. Throws BACKEND_UNAVAILABLE. */
  async #opened(connection: BackendConnection, signal: AbortSignal): Promise<string> {
    try {
      // The connection is everybody's, so one caller's signal only ends that caller's wait.
      return await until(connection.opened, signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw unreachable(this.#name, cause);
    }
  }

  #connected(): BackendConnection {
    if (this.#connection !== undefined) return this.#connection;
    // Nobody would close it.
    if (this.#isClosed) throw new GatewayError('BACKEND_UNAVAILABLE', `${this.#name}: the session has ended`);
    const listener = this.#client?.listener;
    const hello = this.#client?.hello() ?? ownHello;
    const listeners: ConnectionListener = {
      end: () => this.#forget(connection),
      // Those that end a request come back with that request.
      fault: (error) => this.#fault(error),
      notification: (notification, context) => this.#notified(notification, context),
      ...(listener && { request: (request, context, signal) => listener.request(request, context, signal) }),
    };
    // What the server says over it belongs to no one request.
    const connection = detached(() => new BackendConnection(this.#makeTransport, hello, listeners));
    this.#connection = connection;
    connection.opened.then(
      () => this.#noteOpening(connection),
      () => this.#isClosed || this.#reached?.(false),
    );
    return connection;
  }

  #noteOpening(connection: BackendConnection): void {
    this.#reached?.(true);
    if (this.#wasOpen) {
      this.#client?.listener.reopened();
      for (const request of this.#standing.requests)
        connection.request(request, never).catch((error) => this.#fault(error));
    }
    this.#wasOpen = true;
  }

  #notified(notification: RpcNotification, context: CallContext | undefined): void {
    if (notification.method === 'notifications/tools/list_changed') this.#catalog.forget();
    this.#client?.listener.notification(notification, context);
  }

  #fault(error: Error): void {
    const { words, fields } = saidOf(error);
    this.#log.write('debug', `backend: ${words}`, { server: this.#name, ...fields });
  }

  #forget(connection: BackendConnection): void {
    connection.retire();
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#catalog.forget();
  }

  #asGatewayError(cause: unknown, connection: BackendConnection): GatewayError {
    const failure = backendFailure(this.#name, cause);
    if (failure.code === 'BACKEND_ERROR' && !connection.isClosed) return failure;
    if (!isRefusal(cause)) this.#forget(connection);
    const { message, summary } = failure;
    return new GatewayError('BACKEND_UNAVAILABLE', message, { cause, summary });
  }
}

/** The server did not let this one request in; the connection is as good as it was. */
function isRefusal(error: unknown): boolean {
  return error instanceof TransportError && [401, 403, 429].includes(error.status ?? 0);
}

function hasExpired(error: unknown): boolean {
  return error instanceof TransportError && error.code === 'SESSION_EXPIRED';
}
