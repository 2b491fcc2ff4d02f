import type { MakeTransport, ServerTransport } from '../server-transport/server-transport.ts';
import { TransportError } from '../server-transport/transport-error.ts';
import { until } from '../until.ts';
import { AnswerError } from './answer-error.ts';
import { rawMembers } from './raw-json.ts';
import type { RpcAnswer, RpcMessage, RpcNotification, RpcRequest } from './rpc-message.ts';
import { RpcMessageError } from './rpc-message-error.ts';
import { writeFailure, writeNotification, writeRequest, writeResult } from './write-message.ts';

/** What the server is told of a request that nobody waits for any more: an agent's own words would leave the house. */
const cancelParams = (id: string) => `{"requestId":${id},"reason":"nobody waits for the answer any more"}`;

/** How long it may take to tell a server something that nobody waits for. */
const tellMs = 10_000;

/** How long the end of a connection waits for what the server is still being told, in milliseconds. */
const leaveMs = 1_000;

/** The revisions that begin with `initialize`, the newest first: it is the one that is asked for. */
export const legacyRevisions = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
  '2024-10-07',
] as const;

/** The params of an `initialize` that asks for the newest revision. `capabilities` is the JSON of an object. */
export function helloParams(
  clientInfo: { readonly name: string; readonly version: string },
  capabilities = '{}',
): string {
  const info = JSON.stringify(clientInfo);
  return `{"protocolVersion":"${legacyRevisions[0]}","capabilities":${capabilities},"clientInfo":${info}}`;
}

/** Who is told what a server says of its own accord. `relatedTo` is the raw id of the request on whose stream it came. */
export interface RpcListener {
  /** Answers a request of the server's; where it is missing, and when it throws, the answer is an error. Never `ping`. */
  request?(request: RpcRequest, relatedTo: string | undefined): Promise<RpcAnswer>;
  notification?(notification: RpcNotification, relatedTo: string | undefined): void;
  /** The server has the rest of the answer to the request of this raw id asked for later. */
  paused?(id: string): void;
  /** Something went wrong that ends nothing: for the log. */
  fault(error: Error): void;
  /** The connection has ended, and with it all requests. Called once; with an error where nobody had closed it. */
  ended(error?: Error): void;
}

/** The client's end of one connection to a server: pairs answers with requests. It has no timeouts of its own. */
export class RpcClient {
  readonly #listener: RpcListener;
  readonly #transport: ServerTransport;
  readonly #waiting = new Map<string, PromiseWithResolvers<string>>();
  /** What the server is being told that nobody waits for. */
  readonly #telling = new Set<Promise<void>>();
  #lastId = 0;
  #end: Error | undefined;

  constructor(makeTransport: MakeTransport, listener: RpcListener) {
    this.#listener = listener;
    this.#transport = makeTransport({
      received: (message, relatedTo) => this.#take(message, relatedTo),
      paused: (id) => this.#listener.paused?.(id),
      fault: (error) => this.#note(error),
      ended: (error) => this.#ended(error),
    });
  }

  /**
   * Opens the connection; the result of `initialize` as the server spelled it. `params` is the JSON of an object, such as
   * `helloParams` makes. Once, before all requests.
   * @throws TransportError, AnswerError, RpcMessageError, or the reason of `signal`.
   */
  async initialize(params: string, signal: AbortSignal): Promise<string> {
    await this.#transport.start();
    const result = await this.request('initialize', params, signal);
    expectRevision(result);
    await this.notify(writeNotification('notifications/initialized'), signal);
    return result;
  }

  /**
   * Sends a request; the result as the server spelled it, an object. `params` is the JSON of an object. When `signal` aborts,
   * the server is told.
   * @throws AnswerError for an error of the server's, TransportError, RpcMessageError for an answer that is none, or the
   * reason of `signal`.
   */
  request(method: string, params: string, signal: AbortSignal): Promise<string> {
    return this.begin(method, params, signal).result;
  }

  /** The same with the id of the request: what the listener is told may be related to it. */
  begin(
    method: string,
    params: string,
    signal: AbortSignal,
  ): { readonly id: string; readonly result: Promise<string> } {
    const id = String(++this.#lastId);
    return { id, result: this.#ask(writeRequest(id, method, params), signal) };
  }

  /** Sends a notification. Throws a TransportError, or the reason of `signal`. */
  async notify(notification: RpcNotification, signal: AbortSignal): Promise<void> {
    await this.#transport.send(notification, signal);
  }

  /** Ends the connection, and with it all requests, with a CLOSED TransportError. Never rejects. */
  async close(): Promise<void> {
    this.#fail(new TransportError('CLOSED', 'the connection was closed'));
    // A server without sessions learns of its requests' end only by what tells it so.
    const told = Promise.all(this.#telling);
    await until(told, AbortSignal.timeout(leaveMs)).catch(() => undefined);
    await this.#transport.close();
  }

  async #ask(request: RpcRequest, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.#end !== undefined) throw this.#end;
    const { id, method } = request;
    const answer = Promise.withResolvers<string>();
    this.#waiting.set(id, answer);
    const cancel = () => {
      answer.reject(signal.reason);
      // The revisions forbid to cancel this one.
      if (method !== 'initialize') this.#tell(writeNotification('notifications/cancelled', cancelParams(id)));
    };
    signal.addEventListener('abort', cancel, { once: true });
    // The listener comes first, so that the server is told before the transport gives the request up.
    this.#transport.send(request, signal).catch(answer.reject);
    try {
      return await answer.promise;
    } finally {
      this.#waiting.delete(id);
      signal.removeEventListener('abort', cancel);
    }
  }

  #take(message: RpcMessage, relatedTo: string | undefined): void {
    // Answers to what nobody waits for any more are nobody's.
    if (message.kind === 'result') this.#resolve(message.id, message.result);
    else if (message.kind === 'error') this.#waiting.get(message.id ?? '')?.reject(new AnswerError(message));
    else if (message.kind === 'request') void this.#answer(message, relatedTo);
    else this.#notified(message, relatedTo);
  }

  #resolve(id: string, result: string): void {
    const answer = this.#waiting.get(id);
    if (result.startsWith('{')) answer?.resolve(result);
    else answer?.reject(new RpcMessageError(-32600, 'the result is no object', id));
  }

  async #answer(request: RpcRequest, relatedTo: string | undefined): Promise<void> {
    this.#tell(await this.#answerTo(request, relatedTo));
  }

  async #answerTo(request: RpcRequest, relatedTo: string | undefined): Promise<RpcAnswer> {
    if (request.method === 'ping') return writeResult(request.id, '{}');
    if (this.#listener.request === undefined)
      return writeFailure(request.id, { code: -32601, message: 'Method not found' });
    try {
      return await this.#listener.request(request, relatedTo);
    } catch (error) {
      this.#note(error);
      return writeFailure(request.id, { code: -32603, message: 'Internal error' });
    }
  }

  #notified(notification: RpcNotification, relatedTo: string | undefined): void {
    try {
      this.#listener.notification?.(notification, relatedTo);
    } catch (error) {
      this.#note(error);
    }
  }

  /** Sends what nobody waits for. */
  #tell(message: RpcMessage): void {
    const sending = this.#transport.send(message, AbortSignal.timeout(tellMs));
    const told = sending.catch((error) => this.#note(error)).finally(() => this.#telling.delete(told));
    this.#telling.add(told);
  }

  #note(error: unknown): void {
    const fault = error instanceof Error ? error : new Error(String(error));
    // A text that is no message and has the id of a request is the only answer that there will be.
    if (fault instanceof RpcMessageError && fault.id !== undefined)
      this.#waiting.get(fault.id)?.reject(fault);
    this.#listener.fault(fault);
  }

  #ended(error: Error | undefined): void {
    this.#fail(error ?? new TransportError('CLOSED', 'the connection was closed'));
    this.#listener.ended(error);
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const answer of this.#waiting.values()) answer.reject(this.#end);
    this.#waiting.clear();
  }
}

function expectRevision(initializeResult: string): void {
  const revision = rawMembers(initializeResult).get('protocolVersion') ?? 'none';
  if (legacyRevisions.some((known) => revision === `"${known}"`)) return;
  const shown = /^"[\d-]{1,20}"$/.test(revision) ? revision : 'its name is no date';
  throw new RpcMessageError(-32600, `the server speaks a revision that is not known here: ${shown}`);
}
