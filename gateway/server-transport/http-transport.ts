import type { IncomingMessage } from 'node:http';
import { rawMembers } from '../rpc/raw-json.ts';
import { type RpcMessage, type RpcRequest, readMessages } from '../rpc/rpc-message.ts';
import { saidOf } from '../said-of.ts';
import { wordsOf } from '../words-of.ts';
import { followServer } from './follow-server.ts';
import {
  discardBody,
  type HttpAddress,
  HttpExchange,
  type HttpMessage,
  hasType,
  readBody,
  refusalOf,
} from './http-exchange.ts';
import { readAnswer } from './read-answer.ts';
import type { StreamParts } from './read-events.ts';
import type { ServerTransport, TransportListener } from './server-transport.ts';
import { TransportError } from './transport-error.ts';

/** How long a server may take to end its session when we leave. */
const leaveMs = 2_000;

const accepts = {
  accept: 'application/json, text/event-stream',
  'content-type': 'application/json',
} as const;

/**
 * A server that is reached by Streamable HTTP (revisions 2025-03-26 to 2025-11-25): each message is a POST, answered as JSON
 * or as a stream of events, and one more stream is for what the server says of its own accord. A stream that breaks is
 * resumed where it has ids; else the request fails at once.
 */
export class HttpTransport implements ServerTransport {
  readonly #http: HttpExchange;
  readonly #listener: TransportListener;
  readonly #ending = new AbortController();
  #session: string | undefined;
  #revision: string | undefined;

  constructor(address: HttpAddress, listener: TransportListener) {
    this.#http = new HttpExchange(address);
    this.#listener = listener;
  }

  /** There is nothing to open. */
  async start(): Promise<void> {}

  async send(message: RpcMessage, signal: AbortSignal): Promise<void> {
    try {
      const post = { method: 'POST', headers: this.#headers(accepts), body: message.text } as const;
      const response = await this.#open(post, signal);
      if (message.kind === 'request') await this.#readAnswer(message, response, signal);
      else discardBody(response);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
    if (message.kind === 'notification' && message.method === 'notifications/initialized') this.#listen();
  }

  async close(): Promise<void> {
    if (this.#ending.signal.aborted) return;
    this.#end(undefined);
    if (this.#session === undefined) return;
    // The connections of the session are closed already, so this is one of its own.
    const leaving = AbortSignal.timeout(leaveMs);
    const message = { method: 'DELETE', headers: this.#headers({}) } as const;
    const response = await this.#http.open(message, leaving).catch(() => undefined);
    if (response !== undefined) discardBody(response);
    this.#http.close();
  }

  async #readAnswer(request: RpcRequest, response: IncomingMessage, signal: AbortSignal): Promise<void> {
    if (request.method === 'initialize') this.#session = sessionOf(response);
    if (hasType(response, 'text/event-stream')) {
      const open: StreamParts['open'] = (lastEventId, resuming) => this.#openStream(lastEventId, resuming);
      await readAnswer(response, this.#streamParts(open, request), signal);
    } else if (hasType(response, 'application/json')) {
      const isAnswered = this.#take(await readBody(response), request);
      if (!isAnswered) throw new TransportError('MALFORMED', 'the response holds no answer');
    } else {
      discardBody(response);
      const words = `the response has no type that MCP has, and the HTTP status ${response.statusCode}`;
      throw new TransportError('MALFORMED', words);
    }
  }

  /** Follows the stream of what the server says of its own accord. */
  #listen(): void {
    let wasOpen = false;
    const open: StreamParts['open'] = async (lastEventId, signal) => {
      // A server without such a stream should answer 405; one that answers 404 has not lost the session for that.
      const stream = await this.#openStream(lastEventId, signal, wasOpen ? 'expires' : 'is missing');
      wasOpen = true;
      return stream;
    };
    void followServer(this.#streamParts(open));
  }

  #streamParts(open: StreamParts['open'], request?: RpcRequest): StreamParts {
    return {
      open,
      ending: this.#ending.signal,
      take: (text) => this.#take(text, request),
      fault: (error) => this.#listener.fault(error),
      paused: () => request && this.#listener.paused?.(request.id),
    };
  }

  /** Hands on what came, on the stream of a request or by itself; whether the request's answer was there. */
  #take(text: string, request?: RpcRequest): boolean {
    let isAnswered = false;
    for (const message of expectMessages(text)) {
      if (request !== undefined && isAnswerTo(request, message)) {
        isAnswered = true;
        if (request.method === 'initialize') this.#revision = revisionOf(message);
      }
      this.#listener.received(message, request?.id);
    }
    return isAnswered;
  }

  #openStream(
    lastEventId: string | undefined,
    signal: AbortSignal,
    notFound?: NotFound,
  ): Promise<IncomingMessage> {
    const resuming = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const headers = this.#headers({ accept: 'text/event-stream', ...resuming });
    return this.#open({ method: 'GET', headers }, signal, notFound);
  }

  /** A response that is no refusal. Throws the TransportError of one that is. */
  async #open(
    message: HttpMessage,
    signal: AbortSignal,
    notFound: NotFound = 'expires',
  ): Promise<IncomingMessage> {
    if (this.#ending.signal.aborted) throw closed();
    const response = await this.#http.open(message, signal);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const cause = await refusalOf(response);
    if (status !== 404 || notFound !== 'expires' || !('mcp-session-id' in message.headers)) throw cause;
    const error = new TransportError('SESSION_EXPIRED', 'the server does not know the session any more', {
      cause,
    });
    this.#end(error);
    throw error;
  }

  #headers(own: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return {
      ...own,
      ...(this.#session !== undefined && { 'mcp-session-id': this.#session }),
      ...(this.#revision !== undefined && { 'mcp-protocol-version': this.#revision }),
    };
  }

  #end(error: Error | undefined): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort(error ?? closed());
    this.#http.close();
    this.#listener.ended(error);
  }
}

/** What the status 404 says: that the session has expired, or that there is no such stream. */
type NotFound = 'expires' | 'is missing';

function closed(): TransportError {
  return new TransportError('CLOSED', 'the connection was closed');
}

function expectMessages(text: string): RpcMessage[] {
  try {
    return readMessages(text);
  } catch (cause) {
    const said = (words: string) => `the server sent what is no message: ${words}`;
    const summary = said(saidOf(cause).words);
    throw new TransportError('MALFORMED', said(wordsOf(cause)), { cause, summary });
  }
}

function isAnswerTo(request: RpcRequest, message: RpcMessage): boolean {
  return (message.kind === 'result' || message.kind === 'error') && message.id === request.id;
}

function sessionOf({ headers }: IncomingMessage): string | undefined {
  const session = headers['mcp-session-id'];
  return typeof session === 'string' && session !== '' ? session : undefined;
}

/** The revision that the server chose; what could be no header is none. */
function revisionOf(answer: RpcMessage): string | undefined {
  if (answer.kind !== 'result' || !answer.result.startsWith('{')) return undefined;
  return /^"([\w.-]+)"$/.exec(rawMembers(answer.result).get('protocolVersion') ?? '')?.[1];
}
