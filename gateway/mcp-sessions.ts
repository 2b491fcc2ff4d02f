import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CancelledNotificationSchema,
  isInitializeRequest,
  type RequestId,
} from '@modelcontextprotocol/sdk/types.js';
import type { Caller } from './caller.ts';
import type { GuardedServer } from './guarded-server.ts';
import { RpcHttpError } from './http-error.ts';
import { mcpServer } from './mcp-server.ts';
import { readJsonBody } from './request-body.ts';
import { rpcCodes } from './rpc-error.ts';
import type { ToolCaller } from './tool-caller.ts';

/** An MCP session that nobody used for so long has ended, in milliseconds. */
const idleMs = 6 * 60 * 60 * 1000;
/**
 * MCP sessions at once, of 28 KB each; the one that rested longest makes room: its client opens another, and stays the
 * same agent.
 */
const maxSessions = 10_000;

interface McpSession {
  readonly transport: StreamableHTTPServerTransport;
  readonly caller: Caller;
  lastUsedMs: number;
}

/** The MCP sessions of one server's route. They hold nothing of the agent: its labels live in its agent session. */
export class McpSessions implements AsyncDisposable {
  readonly #server: GuardedServer;
  readonly #toolCaller: ToolCaller;
  readonly #sessions = new Map<string, McpSession>();

  constructor(server: GuardedServer, toolCaller: ToolCaller) {
    this.#server = server;
    this.#toolCaller = toolCaller;
  }

  async serve(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void> {
    const body = request.method === 'POST' ? await readJsonBody(request) : undefined;
    const session = this.#find(request, caller) ?? (await this.#begin(body, caller));
    await session.transport.handleRequest(request, response, body);
    const cancelled = cancelledRequest(body);
    // What was cancelled is never answered: without this its response would stay open as long as the session.
    if (cancelled !== undefined) session.transport.closeSSEStream(cancelled);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ transport }) => transport.close()));
  }

  /** The session that the request names. Throws 404 for one that is not the caller's: it learns no more than that. */
  #find(request: IncomingMessage, caller: Caller): McpSession | undefined {
    const id = request.headers['mcp-session-id'];
    if (typeof id !== 'string') return undefined;
    const session = this.#sessions.get(id);
    const isOwn = session?.caller.principal === caller.principal && session.caller.run === caller.run;
    if (session === undefined || !isOwn) {
      throw new RpcHttpError(
        404,
        rpcCodes.unknownSession,
        'this MCP session is not known here: send initialize again',
      );
    }
    session.lastUsedMs = performance.now();
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }

  async #begin(body: unknown, caller: Caller): Promise<McpSession> {
    if (!isInitialize(body)) {
      throw new RpcHttpError(
        400,
        rpcCodes.noSession,
        'there is no MCP session yet: send initialize, then the Mcp-Session-Id that it returns',
      );
    }
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => this.#add(id, session),
    });
    const session: McpSession = { transport, caller, lastUsedMs: performance.now() };
    transport.onclose = () => this.#sessions.delete(transport.sessionId ?? '');
    // The class declares its callbacks as accessors that may be undefined, the interface as optional properties.
    await mcpServer(this.#server, caller, this.#toolCaller).connect(transport as Transport);
    return session;
  }

  #add(id: string, session: McpSession): void {
    this.#sessions.set(id, session);
    const oldestUse = performance.now() - idleMs;
    for (const [, { transport, lastUsedMs }] of this.#sessions) {
      if (lastUsedMs > oldestUse && this.#sessions.size <= maxSessions) return;
      void transport.close();
    }
  }
}

function isInitialize(body: unknown): boolean {
  return isInitializeRequest(body) || (Array.isArray(body) && body.some(isInitializeRequest));
}

function cancelledRequest(body: unknown): RequestId | undefined {
  const notification = CancelledNotificationSchema.safeParse(body);
  return notification.success ? notification.data.params.requestId : undefined;
}
