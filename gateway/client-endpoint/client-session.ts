import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Caller } from '../http/caller.ts';
import { RpcHttpError } from '../http/http-error.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { type RpcMessage, type RpcRequest, readMessage } from '../rpc/rpc-message.ts';
import type { EndpointLimits } from './endpoint-limits.ts';
import { EventBudget } from './event-budget.ts';
import { EventStream, readEventId, type StreamHome } from './event-stream.ts';
import { type PostHome, PostResponse, unknownSession } from './post-response.ts';
import { hasEmptyEvents, type ProtocolVersion } from './protocol-version.ts';
import { RequestExchange } from './request-exchange.ts';
import type { OpenPeer, PeerSession, SessionEnd, SessionPeer } from './session-peer.ts';

/** Whose session it is, and in which revision. */
export interface SessionTerms {
  readonly caller: Caller;
  readonly protocolVersion: ProtocolVersion;
}

/** What a session shares with the others of its endpoint. */
export interface SessionParts {
  readonly openPeer: OpenPeer;
  readonly limits: EndpointLimits;
  /** The events that are kept for all sessions together. */
  readonly events: EventBudget;
}

/** A POST, as far as its response depends on it. */
export interface Post {
  readonly response: ServerResponse;
  /** Whether one answer may come as JSON, without a stream. */
  readonly mayBeJson: boolean;
  /** The revision that the request is written in. */
  readonly version: ProtocolVersion;
}

/** What a GET asks for. */
export interface Listening {
  /** The last event that the client has of a stream; without one it asks for messages that belong to no request. */
  readonly lastEventId: string | undefined;
  readonly version: ProtocolVersion;
}

/** One MCP session with a client: its peer, and the streams by which messages reach the client. */
export class ClientSession implements PeerSession, StreamHome, PostHome {
  readonly id = randomUUID();
  readonly caller: Caller;
  readonly protocolVersion: ProtocolVersion;
  readonly budget: EventBudget;
  readonly #limits: EndpointLimits;
  readonly #peer: SessionPeer;
  readonly #ending = new AbortController();
  readonly #posts = new Set<PostResponse>();
  readonly #streams = new Map<number, EventStream>();
  /** For messages that belong to no request. */
  readonly #unrelated: EventStream;
  #lastStream = 0;
  #lastSequence = 0;

  constructor({ caller, protocolVersion }: SessionTerms, { openPeer, limits, events }: SessionParts) {
    this.caller = caller;
    this.protocolVersion = protocolVersion;
    this.#limits = limits;
    const room = { events: limits.maxSessionEvents, bytes: limits.maxSessionEventBytes };
    this.budget = new EventBudget(room, events);
    this.#unrelated = this.openStream();
    this.#peer = openPeer(this);
  }

  /** Whether a client waits for something: an answer, or whatever comes on an open stream. */
  get isBusy(): boolean {
    return this.#posts.size > 0 || this.#streams.values().some((stream) => stream.isCarried);
  }

  send(text: string): void {
    if (!this.#ending.signal.aborted) this.#unrelated.send(text);
  }

  /**
   * The first request: its answer carries the session's id. Calls `refused` for an answer that is an error, and for one
   * that cannot reach the client any more: it would never learn the id.
   */
  initialize(request: RpcRequest, post: Post, refused: () => void): void {
    const { response } = post;
    response.setHeader('mcp-session-id', this.id);
    const exchange = new RequestExchange(this.#openPost(post, 1), this.#ending.signal);
    this.#peer.request(request, {
      signal: exchange.signal,
      send: (text) => exchange.send(text),
      pause: () => exchange.pause(),
      abandon: () => exchange.abandon(),
      answer: (text) => {
        const isRefused = readMessage(text).kind === 'error';
        const isUntold = !response.headersSent && (isRefused || response.destroyed);
        if (isUntold) response.removeHeader('mcp-session-id');
        exchange.answer(text);
        if (isRefused || isUntold) refused();
      },
    });
  }

  /**
   * Gives the peer what a client has posted. Throws 404 when the session ended while the client sent, 429 when too many
   * requests are under way.
   */
  receive(messages: readonly RpcMessage[], post: Post): void {
    if (this.#ending.signal.aborted) throw unknownSession();
    const requests = messages.filter(({ kind }) => kind === 'request').length;
    const answers = requests === 0 ? undefined : this.#openPost(post, requests);
    for (const message of messages) {
      if (message.kind !== 'request') this.#peer.receive(message);
      else if (answers !== undefined)
        this.#peer.request(message, new RequestExchange(answers, this.#ending.signal));
    }
    if (answers === undefined) post.response.writeHead(202).end();
  }

  /**
   * Sends what belongs to no request, or what came on a stream after an event of it, and goes on with that stream. Throws
   * 409 while another connection does the former, 400 for a stream of which there is nothing left.
   */
  listen(response: ServerResponse, { lastEventId, version }: Listening): void {
    const retryMs = this.#retryMs(version);
    if (lastEventId !== undefined) {
      const { stream, after } = this.#streamAfter(lastEventId);
      stream.carryOn(response, { after, retryMs });
    } else if (this.#unrelated.isCarried) {
      throw new RpcHttpError(
        409,
        rpcCodes.invalidRequest,
        'this session has its stream open already: close it first, or come back with Last-Event-ID',
      );
    } else {
      this.#unrelated.carryOn(response, { retryMs });
    }
  }

  /** A sign of life on every connection that waits for something. */
  keepAlive(): void {
    for (const post of this.#posts) post.open();
    for (const stream of this.#streams.values()) stream.keepAlive();
  }

  end(reason: SessionEnd): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    for (const post of this.#posts) post.close();
    for (const stream of this.#streams.values()) stream.close();
    this.#posts.clear();
    this.#streams.clear();
    this.#peer.close(reason);
  }

  openStream(): EventStream {
    const stream = new EventStream(this.#lastStream++, this);
    this.#streams.set(stream.number, stream);
    return stream;
  }

  nextSequence(): number {
    this.#lastSequence++;
    return this.#lastSequence;
  }

  spent({ number }: EventStream): void {
    this.#streams.delete(number);
  }

  finished(post: PostResponse): void {
    this.#posts.delete(post);
  }

  #openPost({ response, mayBeJson, version }: Post, requests: number): PostResponse {
    if (this.#posts.size >= this.#limits.maxPostsAtOnce) {
      const sentence = `a session may have ${this.#limits.maxPostsAtOnce} requests under way: wait for some`;
      throw new RpcHttpError(429, rpcCodes.invalidRequest, sentence);
    }
    const post = new PostResponse(response, this, { requests, mayBeJson, retryMs: this.#retryMs(version) });
    this.#posts.add(post);
    return post;
  }

  #streamAfter(lastEventId: string): { stream: EventStream; after: number } {
    const id = readEventId(lastEventId);
    const stream = this.#streams.get(id?.stream ?? Number.NaN);
    if (id !== undefined && stream?.hasMoreAfter(id.sequence) && id.sequence <= this.#lastSequence)
      return { stream, after: id.sequence };
    throw new RpcHttpError(
      400,
      rpcCodes.invalidRequest,
      'nothing is left of the stream of this Last-Event-ID: send the request again, or GET without the header',
    );
  }

  #retryMs(version: ProtocolVersion): number | undefined {
    return hasEmptyEvents(version) ? this.#limits.retryMs : undefined;
  }
}
