import type { ServerResponse } from 'node:http';
import { eventStreamHeaders } from '../client-endpoint/event-stream.ts';
import { oneLine } from '../rpc/one-line.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { readMessage } from '../rpc/rpc-message.ts';
import type { ModernExchange } from './modern-peer.ts';
import { ModernRefusal } from './modern-refusal.ts';

/** How a request may be answered. */
export interface ReplyShape {
  /** The JSON of the request's id. */
  readonly id: string;
  /** Whether the answer may come as JSON, where nothing comes before it. */
  readonly mayBeJson: boolean;
  readonly maxUnsentBytes: number;
}

/** The HTTP statuses of errors. All others are answers as results are: 200. */
const statusOf: ReadonlyMap<number, number> = new Map([
  [rpcCodes.parseError, 400],
  [rpcCodes.invalidRequest, 400],
  [rpcCodes.methodNotFound, 404],
  [rpcCodes.headerMismatch, 400],
  [rpcCodes.missingCapability, 400],
  [rpcCodes.unsupportedVersion, 400],
]);

/** The response to one request: JSON when the answer is the first thing that comes, else a stream of events. */
export class ModernReply implements ModernExchange {
  readonly #response: ServerResponse;
  readonly #shape: ReplyShape;
  readonly #leaving = new AbortController();
  #isSettled = false;
  #hasWaited = false;

  constructor(response: ServerResponse, shape: ReplyShape) {
    this.#response = response;
    this.#shape = shape;
    response.on('close', () => this.#left());
  }

  get signal(): AbortSignal {
    return this.#leaving.signal;
  }

  notify(text: string): void {
    if (!this.#isOpen) return;
    // A stream with a gap would be a lie, and there is no way back to one: a client that does not read is cut off.
    if (this.#response.writableLength > this.#shape.maxUnsentBytes) this.#response.destroy();
    else this.#write(text);
  }

  answer(text: string, errorStatus?: number): void {
    if (!this.#isOpen) return;
    this.#isSettled = true;
    const status = this.#response.headersSent ? 200 : (errorStatus ?? httpStatus(text));
    if (!this.#response.headersSent && (this.#shape.mayBeJson || status !== 200))
      this.#sendJson(status, text);
    else this.#write(text).end();
  }

  /**
   * A sign of life, so that nobody in between takes the connection for dead. Whoever waits for the second time gets a stream,
   * which costs an error its status.
   */
  keepAlive(): void {
    const hasWaited = this.#hasWaited || this.#response.headersSent;
    this.#hasWaited = true;
    if (!hasWaited || !this.#isOpen || this.#response.writableNeedDrain) return;
    this.#stream().write(': keep-alive\n\n');
  }

  /** There will be no answer; `why`, and what to do. */
  close(why: string): void {
    if (!this.#isOpen) return;
    this.#isSettled = true;
    const ending = { status: 503, code: rpcCodes.internalError };
    if (this.#response.headersSent) this.#response.end();
    else new ModernRefusal(ending, why, this.#shape.id).send(this.#response);
    this.#leaving.abort();
  }

  get #isOpen(): boolean {
    return !this.#isSettled && !this.#response.destroyed;
  }

  #left(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#leaving.abort();
  }

  #write(text: string): ServerResponse {
    const response = this.#stream();
    response.write(`event: message\ndata: ${oneLine(text)}\n\n`);
    return response;
  }

  #stream(): ServerResponse {
    return this.#response.headersSent ? this.#response : this.#response.writeHead(200, eventStreamHeaders);
  }

  #sendJson(status: number, text: string): void {
    this.#response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    this.#response.end(text);
  }
}

/** Large results are not scanned for what they cannot be. */
function httpStatus(text: string): number {
  if (!text.includes('"error"')) return 200;
  const answer = readMessage(text);
  return answer.kind === 'error' ? (statusOf.get(answer.code) ?? 200) : 200;
}
