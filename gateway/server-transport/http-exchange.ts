import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { traceHeaders } from '../telemetry/trace-context.ts';
import type { BearerSource } from './bearer-source.ts';
import { maxMessageBytes } from './server-transport.ts';
import { type Refusal, TransportError } from './transport-error.ts';

/** Where a server is reached over HTTP. */
export interface HttpAddress {
  readonly url: string;
  /** Sent with each request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whose token is sent with each request; not given: none is. */
  readonly bearer?: BearerSource | undefined;
}

/** A request, without what every request to the same server has. */
export interface HttpMessage {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How much of a refusal's body is kept. */
const maxRefusalBytes = 64 * 1024;

/** The connections to one server: kept open, used again, never led elsewhere. */
export class HttpExchange {
  readonly #url: URL;
  /** Made of the address once: Node would take it apart for each request, which costs a third of sending it. */
  readonly #options: RequestOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #bearer: BearerSource | undefined;
  readonly #agent: HttpAgent;

  constructor({ url, headers, bearer }: HttpAddress) {
    this.#url = new URL(url);
    this.#bearer = bearer;
    const lowercase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    this.#headers = Object.fromEntries(lowercase);
    this.#options = urlToHttpOptions(this.#url);
    const keep = { keepAlive: true };
    this.#agent = this.#url.protocol === 'https:' ? new HttpsAgent(keep) : new HttpAgent(keep);
  }

  /** Where `address` leads, seen from the server's own; it must be of the same origin. */
  resolve(address: string): URL {
    const url = URL.parse(address, this.#url);
    if (url !== null && url.origin === this.#url.origin) return url;
    throw new TransportError('MALFORMED', 'the server names an address that is not of its own origin');
  }

  /**
   * Sends a request; the response, once its headers are here. `signal` ends it until its body has been read. One that is
   * refused with 401 was not taken, so it is sent once more where there is a newer token.
   * @throws TransportError UNREACHABLE, BROKEN or NO_CREDENTIALS; or the reason of `signal`.
   */
  async open(message: HttpMessage, signal: AbortSignal, url = this.#url): Promise<IncomingMessage> {
    signal.throwIfAborted();
    const bearer = this.#bearer;
    if (bearer === undefined) return this.#send(message, signal, url);
    const token = await bearer.token(signal);
    const response = await this.#send(withToken(message, token), signal, url);
    if (response.statusCode !== 401) return response;
    const renewed = await bearer.renewed(token, signal).catch((error: unknown) => {
      discardBody(response);
      throw error;
    });
    if (renewed === undefined) return response;
    discardBody(response);
    return this.#send(withToken(message, renewed), signal, url);
  }

  /** Ends all connections, those in use, too. */
  close(): void {
    this.#agent.destroy();
  }

  #send(message: HttpMessage, signal: AbortSignal, url: URL): Promise<IncomingMessage> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { method, body } = message;
    const headers = { ...traceHeaders(), ...this.#headers, ...message.headers };
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = url === this.#url ? this.#options : urlToHttpOptions(url);
    const request = send({ ...options, method, headers, agent: this.#agent });
    const abort = () => request.destroy(asError(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    request.once('close', () => signal.removeEventListener('abort', abort));
    request.once('response', resolve);
    request.on('error', (cause) => reject(signal.aborted ? signal.reason : connectionError(cause)));
    request.end(body);
    return promise;
  }
}

function withToken(message: HttpMessage, token: string): HttpMessage {
  return { ...message, headers: { ...message.headers, authorization: `Bearer ${token}` } };
}

/** The body of a response, as text. Throws BROKEN where it does not come whole, TOO_LARGE above the limit. */
export function readBody(response: IncomingMessage, limitBytes = maxMessageBytes): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes <= limitBytes) return;
    reject(new TransportError('TOO_LARGE', `the response is larger than ${limitBytes} bytes`));
    response.destroy();
  });
  response.once('end', () => resolve(Buffer.concat(chunks).toString()));
  response.on('error', (cause) => reject(connectionError(cause)));
  return promise;
}

/** Lets a body go unread, so that its connection is free for others; one that may never end is cut. */
export function discardBody(response: IncomingMessage): void {
  response.on('error', () => undefined);
  if (hasType(response, 'text/event-stream')) response.destroy();
  else response.resume();
}

/** Why a request was refused, with the beginning of what the server said. */
export async function refusalOf(response: IncomingMessage): Promise<TransportError> {
  return refusalWith(response, await readBody(response, maxRefusalBytes).catch(() => ''));
}

/** The same where the body has been read. */
export function refusalWith(response: IncomingMessage, body: string): TransportError {
  const status = response.statusCode ?? 0;
  const refusal: Refusal = { status, body, retryAfter: response.headers['retry-after'] };
  const summary = `the server answered with HTTP status ${status}`;
  if (isRedirect(status))
    return new TransportError('STATUS', `${summary}: redirects are not followed`, { refusal });
  return new TransportError('STATUS', `${summary}: ${body.slice(0, 200).trim()}`, { refusal, summary });
}

/** Whether a response has the media type. */
export function hasType(response: IncomingMessage, type: string): boolean {
  return (response.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() === type;
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

function connectionError(cause: unknown): TransportError {
  if (cause instanceof TransportError) return cause;
  const error = asError(cause);
  const code = 'code' in error ? String(error.code) : '';
  const isUnreachable = /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|E\w+UNREACH|ETIMEDOUT)$/.test(code);
  const words = `the connection failed: ${error.message === '' ? code : error.message}`;
  return new TransportError(isUnreachable ? 'UNREACHABLE' : 'BROKEN', words, { cause });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
