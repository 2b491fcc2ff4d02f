// MCP's Streamable HTTP for clients of the revisions that begin with `initialize` (2024-11-05 to 2025-11-25). It carries
// messages as their texts, and knows nothing of what is in them beyond JSON-RPC.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../http/caller.ts';
import { RpcHttpError } from '../http/http-error.ts';
import { readTextBody } from '../http/request-body.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { type RpcMessage, readMessages } from '../rpc/rpc-message.ts';
import { RpcMessageError } from '../rpc/rpc-message-error.ts';
import { ClientSession, type Post, type SessionParts } from './client-session.ts';
import { type EndpointLimits, endpointLimits } from './endpoint-limits.ts';
import { EventBudget } from './event-budget.ts';
import { unknownSession } from './post-response.ts';
import { hasBatches, negotiatedVersion, versionFromHeader } from './protocol-version.ts';
import { expectAcceptedStream, expectJson, headerOf } from './request-headers.ts';
import type { OpenPeer } from './session-peer.ts';
import { SessionTable } from './session-table.ts';

/** Whose body it is, and its text where it has been read. */
interface PostBody {
  readonly caller: Caller;
  readonly text?: string;
}

/** A body that has been read. */
export type ReadBody = Required<PostBody>;

/** One MCP server as clients see it: their sessions, each with a peer of its own behind it. */
export class ClientEndpoint implements Disposable {
  readonly #limits: EndpointLimits;
  readonly #sessions: SessionTable;
  readonly #parts: SessionParts;

  constructor(openPeer: OpenPeer, limits: EndpointLimits = endpointLimits) {
    this.#limits = limits;
    this.#sessions = new SessionTable(limits);
    const events = new EventBudget({ events: limits.maxEvents, bytes: limits.maxEventBytes });
    this.#parts = { openPeer, limits, events };
  }

  /** Sessions that clients have now. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** Events that are kept for clients that come back. */
  get keptEvents(): number {
    return this.#parts.events.size;
  }

  /**
   * Serves one request of a caller; its answer may come later. Throws an HttpError for what is refused, and what Node
   * throws when the client breaks off while it sends.
   */
  async serve(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void> {
    switch (request.method) {
      case 'POST':
        return this.#post(request, response, { caller });
      case 'GET':
        return this.#listen(request, response, caller);
      case 'DELETE':
        return this.#delete(request, response, caller);
      default:
        response.setHeader('allow', 'GET, POST, DELETE');
        throw refusal(405, 'MCP knows GET, POST and DELETE only: send messages with POST');
    }
  }

  /** The same for a POST whose body has been read, to see whether it is of this era. */
  serveRead(request: IncomingMessage, response: ServerResponse, body: ReadBody): Promise<void> {
    return this.#post(request, response, body);
  }

  /** Ends all sessions of a caller, whose agent session has ended; how many there were. */
  endSessionsOf(caller: Caller): number {
    return this.#sessions.endAllOf(caller);
  }

  /** Ends all sessions. */
  [Symbol.dispose](): void {
    this.#sessions[Symbol.dispose]();
  }

  async #post(request: IncomingMessage, response: ServerResponse, body: PostBody): Promise<void> {
    const { caller } = body;
    const { mayBeJson } = expectAcceptedStream(request);
    expectJson(request);
    const session = this.#find(request, caller);
    const version = versionFromHeader(session && request.headers['mcp-protocol-version']);
    const text = body.text ?? (await readTextBody(request));
    const isBatch = /^\s*\[/.test(text);
    if (isBatch && !hasBatches(version))
      throw refusal(400, `${version} has no batches: send one message at a time`);
    const messages = this.#read(text);
    // A batch is answered as a stream: its answers come one by one.
    const post = { response, version, mayBeJson: mayBeJson && !isBatch };
    if (session === undefined) this.#begin(messages, post, caller);
    else session.receive(expectNoInitialize(messages), post);
  }

  #listen(request: IncomingMessage, response: ServerResponse, caller: Caller): void {
    const session = this.#find(request, caller);
    if (session === undefined) {
      response.setHeader('allow', 'POST');
      throw refusal(
        405,
        'there is no stream without a session: POST initialize first; the HTTP+SSE transport of 2024-11-05 is not served',
      );
    }
    expectAcceptedStream(request);
    const version = versionFromHeader(request.headers['mcp-protocol-version']);
    session.listen(response, { version, lastEventId: headerOf(request, 'last-event-id') });
  }

  #delete(request: IncomingMessage, response: ServerResponse, caller: Caller): void {
    const session = this.#find(request, caller);
    if (session === undefined) throw noSession();
    versionFromHeader(request.headers['mcp-protocol-version']);
    this.#sessions.end(session, 'deleted');
    response.writeHead(200).end();
  }

  /** The session that a request names. Throws 404 for one that is not the caller's. */
  #find(request: IncomingMessage, caller: Caller): ClientSession | undefined {
    const id = headerOf(request, 'mcp-session-id');
    if (id === undefined) return undefined;
    const session = this.#sessions.find(id, caller);
    if (session === undefined) throw unknownSession();
    return session;
  }

  #read(text: string): readonly RpcMessage[] {
    const messages = readable(() => readMessages(text));
    if (messages.length <= this.#limits.maxBatchMessages) return messages;
    throw refusal(400, `a batch may have ${this.#limits.maxBatchMessages} messages: send less at once`);
  }

  #begin([message, ...others]: readonly RpcMessage[], post: Post, caller: Caller): void {
    if (message?.kind !== 'request' || message.method !== 'initialize') throw noSession();
    if (others.length > 0) throw refusal(400, 'initialize must not be part of a batch: send it alone');
    const protocolVersion = readable(() => negotiatedVersion(message));
    const session = new ClientSession({ caller, protocolVersion }, this.#parts);
    this.#sessions.add(session);
    const begun = { ...post, version: protocolVersion };
    session.initialize(message, begun, () => this.#sessions.end(session, 'refused'));
  }
}

/** Refuses what is no JSON-RPC with 400. */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RpcMessageError)) throw error;
    throw new RpcHttpError(400, error.code, `send one JSON-RPC message: ${error.message}`);
  }
}

function expectNoInitialize(messages: readonly RpcMessage[]): readonly RpcMessage[] {
  const isSecond = messages.some((message) => message.kind === 'request' && message.method === 'initialize');
  if (isSecond)
    throw refusal(400, 'this session is initialized: send initialize without Mcp-Session-Id for another');
  return messages;
}

function refusal(status: number, sentence: string): RpcHttpError {
  return new RpcHttpError(status, rpcCodes.invalidRequest, sentence);
}

function noSession(): RpcHttpError {
  return new RpcHttpError(
    400,
    rpcCodes.noSession,
    'there is no MCP session yet: send initialize, then the Mcp-Session-Id that it returns',
  );
}
