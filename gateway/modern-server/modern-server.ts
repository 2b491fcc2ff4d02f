import { isPlainHeaderValue } from '../modern/header-value.ts';
import { modernVersion } from '../modern/modern-version.ts';
import { metaKeys, metaOf } from '../modern/request-meta.ts';
import { standardHeaders } from '../modern/standard-headers.ts';
import { AnswerError } from '../rpc/answer-error.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { stringFrom } from '../rpc/rpc-message.ts';
import { writeFailure, writeRequest } from '../rpc/write-message.ts';
import { type HttpAddress, HttpExchange } from '../server-transport/http-exchange.ts';
import { TransportError } from '../server-transport/transport-error.ts';
import { ownParams } from './own-params.ts';
import { type NotificationListener, readModernAnswer } from './read-modern-answer.ts';

/** A request to a server. */
export interface ModernCall {
  readonly method: string;
  /** The JSON of an object, whose `_meta` says who asks. */
  readonly params: string;
  /** `Mcp-Param-…` headers; no others are sent. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The headers that show who the gateway is, such as a token that is renewed. Rejects where they cannot be had. */
export type HeaderSource = (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;

const nobody: NotificationListener = { notification: () => undefined };

/**
 * The client's end to a server of 2026-07-28: each request is a POST of its own, and closing its connection cancels it. It has
 * no timeouts of its own.
 */
export class ModernServer implements Disposable {
  readonly #http: HttpExchange;
  readonly #headersFor: HeaderSource | undefined;
  #lastId = 0;
  #isClosed = false;

  constructor(address: HttpAddress, headersFor?: HeaderSource) {
    this.#http = new HttpExchange(address);
    this.#headersFor = headersFor;
  }

  /**
   * Sends a request; the result as the server spelled it, an object. The listener hears what comes before it.
   * @throws AnswerError for an error of the server's, TransportError, or the reason of `signal`.
   */
  async request(call: ModernCall, listener: NotificationListener, signal: AbortSignal): Promise<string> {
    if (this.#isClosed) throw closed();
    expectSendable(call.method);
    const request = writeRequest(String(++this.#lastId), call.method, call.params);
    try {
      const headers = await this.#headers(call, signal);
      const response = await this.#http.open({ method: 'POST', headers, body: request.text }, signal);
      return await readModernAnswer(response, request.id, listener);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#isClosed ? closed() : error;
    }
  }

  /** The result of `server/discover`. Throws as `request` does. */
  discover(signal: AbortSignal): Promise<string> {
    return this.request({ method: 'server/discover', params: ownParams }, nobody, signal);
  }

  /** Ends all connections, and with them the requests on them, with a CLOSED TransportError. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#http.close();
  }

  async #headers(call: ModernCall, signal: AbortSignal): Promise<Record<string, string>> {
    const shown = (await this.#headersFor?.(signal)) ?? {};
    return {
      ...lowercase(shown),
      ...mirrored(call.headers ?? {}),
      ...standardHeaders(versionOf(call.params), call),
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    };
  }
}

/** A method that no header can repeat is one that no server has: headers have no other spelling for it. */
function expectSendable(method: string): void {
  if (isPlainHeaderValue(method)) return;
  throw new AnswerError(
    writeFailure(undefined, { code: rpcCodes.methodNotFound, message: 'Method not found' }),
    404,
  );
}

function closed(): TransportError {
  return new TransportError('CLOSED', 'the connection was closed');
}

/** What the request says of itself; a server refuses one that says nothing. */
function versionOf(params: string): string {
  const meta = metaOf(params) ?? '{}';
  return stringFrom(rawMembers(meta).get(metaKeys.protocolVersion)) ?? modernVersion;
}

/** Nothing else of a client's headers reaches a server. */
function mirrored(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(lowercase(headers)).filter(([name]) => name.startsWith('mcp-param-')),
  );
}

function lowercase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
