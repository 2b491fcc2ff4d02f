import type { ServerResponse } from 'node:http';
import { RpcHttpError } from '../http/http-error.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { type EventStream, eventStreamHeaders } from './event-stream.ts';

/** What the response to a POST needs of its session. */
export interface PostHome {
  openStream(): EventStream;
  finished(post: PostResponse): void;
}

/** How a POST may be answered. */
export interface PostShape {
  /** Requests in the body. */
  readonly requests: number;
  /** Whether one answer may come as JSON, without a stream. */
  readonly mayBeJson: boolean;
  /** For the event that begins a stream, where the client's revision has one. */
  readonly retryMs: number | undefined;
}

/**
 * The response to a POST with requests: JSON when the answer is the first thing that comes, a stream of events from the
 * moment on when anything else does.
 */
export class PostResponse {
  readonly #response: ServerResponse;
  readonly #home: PostHome;
  readonly #shape: PostShape;
  #unanswered: number;
  #stream: EventStream | undefined;

  constructor(response: ServerResponse, home: PostHome, shape: PostShape) {
    this.#response = response;
    this.#home = home;
    this.#shape = shape;
    this.#unanswered = shape.requests;
    if (!shape.mayBeJson) this.open();
  }

  send(text: string): void {
    this.open();
    this.#stream?.send(text);
  }

  answer(text: string): void {
    this.#unanswered--;
    if (this.#stream === undefined) this.#sendJson(text);
    else this.#stream.send(text);
    this.#finish();
  }

  /** One of the requests will not be answered. */
  abandon(): void {
    this.#unanswered--;
    const isEmpty = this.#stream === undefined && this.#unanswered === 0;
    if (isEmpty && !this.#response.destroyed) this.#response.writeHead(200, eventStreamHeaders).end();
    this.#finish();
  }

  /** Makes a stream of it. A client that has left before it had an id to come back with gets none. */
  open(): void {
    if (this.#stream !== undefined || this.#response.destroyed) return;
    this.#stream = this.#home.openStream();
    this.#stream.carryOn(this.#response, { retryMs: this.#shape.retryMs });
  }

  /** Ends the connection, where the client knows how to come back for the rest: it has an id to do that with. */
  pause(): void {
    if (this.#shape.retryMs === undefined) return;
    this.open();
    this.#stream?.pause();
  }

  /** The session has ended: says so where there is no stream that ends with it. */
  close(): void {
    if (this.#stream === undefined && !this.#response.destroyed) unknownSession().send(this.#response);
  }

  #sendJson(text: string): void {
    if (this.#response.destroyed) return;
    this.#response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    this.#response.end(text);
  }

  #finish(): void {
    if (this.#unanswered > 0) return;
    this.#stream?.end();
    this.#home.finished(this);
  }
}

/** The refusal of a session that is not there any more, or not the caller's: it learns no more than that. */
export function unknownSession(): RpcHttpError {
  return new RpcHttpError(
    404,
    rpcCodes.unknownSession,
    'this MCP session is not known here: send initialize again',
  );
}
