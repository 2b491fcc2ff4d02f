import type { ServerResponse } from 'node:http';
import { oneLine } from '../rpc/one-line.ts';
import type { EventBudget, KeptEvent } from './event-budget.ts';

/** What a stream has of its session. */
export interface StreamHome {
  readonly budget: EventBudget;
  /** The number of the next event; they grow over all streams of a session. */
  nextSequence(): number;
  /** The stream has ended and nothing of it is left to be asked for. */
  spent(stream: EventStream): void;
}

/** How a connection begins to carry a stream. */
export interface Carriage {
  /** What the client has already, as the number of an event; without it all that no connection took yet is sent. */
  readonly after?: number;
  /** An event without data that gives the client an id to come back with, and when to, in milliseconds. */
  readonly retryMs: number | undefined;
}

interface StreamEvent extends KeptEvent {
  readonly sequence: number;
  readonly text: string;
}

/**
 * One stream of messages to a client. It outlives the connections that carry it, of which there is one at a time: what
 * was sent is kept as far as the budget allows, and a client that comes back gets what it missed.
 */
export class EventStream {
  /** Its name in the ids of its events. */
  readonly number: number;
  readonly #home: StreamHome;
  readonly #events: StreamEvent[] = [];
  #response: ServerResponse | undefined;
  /** The last event that a connection took. */
  #sent = 0;
  #isBlocked = false;
  #isEnded = false;

  constructor(number: number, home: StreamHome) {
    this.number = number;
    this.#home = home;
  }

  /** Whether a connection carries it now. */
  get isCarried(): boolean {
    return this.#response !== undefined;
  }

  /** Whether there is, or may be, anything after an event. */
  hasMoreAfter(sequence: number): boolean {
    return !this.#isEnded || (this.#events.at(-1)?.sequence ?? 0) > sequence;
  }

  /** Sends the JSON of one message. */
  send(text: string): void {
    const event: StreamEvent = {
      sequence: this.#home.nextSequence(),
      text,
      bytes: Buffer.byteLength(text),
      forget: () => this.#forget(event),
    };
    this.#events.push(event);
    this.#home.budget.add(event);
    this.#flush();
  }

  /** Nothing more will be sent: the connection ends when it has taken everything. */
  end(): void {
    this.#isEnded = true;
    this.#flush();
    this.#expectMore();
  }

  /** Ends the stream with its session; nothing of it can be asked for any more. */
  close(): void {
    this.#isEnded = true;
    for (const event of this.#events) this.#home.budget.remove(event);
    this.#events.length = 0;
    this.#detach()?.end();
  }

  /** Ends the connection that carries the stream; the client comes back for what is left. */
  pause(): void {
    this.#detach()?.end();
  }

  /** Lets a connection carry the stream from now on, in the place of the one that did. */
  carryOn(response: ServerResponse, { after = this.#sent, retryMs }: Carriage): void {
    this.#detach()?.end();
    this.#response = response;
    this.#sent = after;
    response.on('close', () => this.#leave(response));
    response.on('drain', () => this.#drained(response));
    response.writeHead(200, eventStreamHeaders);
    response.flushHeaders();
    // Before events that wait it would claim that they were received.
    const isEmpty = this.#next() === this.#events.length;
    if (retryMs !== undefined && isEmpty)
      response.write(`id: ${this.#id(this.#home.nextSequence())}\nretry: ${retryMs}\ndata: \n\n`);
    this.#flush();
  }

  /** A comment, so that nobody in between takes the connection for dead. */
  keepAlive(): void {
    if (!this.#isBlocked) this.#response?.write(': keep-alive\n\n');
  }

  /** Writes what the connection has not taken yet, until it takes no more: then that waits for `drain`. */
  #flush(): void {
    const response = this.#response;
    if (response === undefined || response.destroyed) return;
    for (let next = this.#next(); next < this.#events.length && !this.#isBlocked; next++) {
      const event = this.#events[next];
      if (event === undefined) return;
      this.#sent = event.sequence;
      this.#isBlocked = !response.write(frame(this.#id(event.sequence), event.text));
    }
    if (!this.#isEnded || this.#next() < this.#events.length) return;
    this.#detach()?.end();
    this.#expectMore();
  }

  /** The index of the first event that the connection has not taken. */
  #next(): number {
    return this.#events.findLastIndex(({ sequence }) => sequence <= this.#sent) + 1;
  }

  #id(sequence: number): string {
    return `${this.number}-${sequence}`;
  }

  /** The oldest event makes room. A client that has not even read that far has to come back and ask for what is left. */
  #forget(event: StreamEvent): void {
    this.#events.splice(this.#events.indexOf(event), 1);
    this.#home.budget.remove(event);
    if (event.sequence > this.#sent) this.#detach()?.destroy();
    this.#expectMore();
  }

  #expectMore(): void {
    if (this.#isEnded && this.#events.length === 0 && !this.isCarried) this.#home.spent(this);
  }

  #leave(response: ServerResponse): void {
    if (this.#response !== response) return;
    this.#detach();
    this.#expectMore();
  }

  #drained(response: ServerResponse): void {
    if (this.#response !== response) return;
    this.#isBlocked = false;
    this.#flush();
  }

  #detach(): ServerResponse | undefined {
    const response = this.#response;
    this.#response = undefined;
    this.#isBlocked = false;
    return response;
  }
}

/** The number of a stream and of an event, from the id of an event; nothing for what is none. */
export function readEventId(id: string): { stream: number; sequence: number } | undefined {
  const [, stream, sequence] = /^(\d{1,15})-(\d{1,15})$/.exec(id) ?? [];
  return stream === undefined ? undefined : { stream: Number(stream), sequence: Number(sequence) };
}

/** Of every stream of events; the last one tells nginx not to hold events back. */
export const eventStreamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;

function frame(id: string, text: string): string {
  return `event: message\nid: ${id}\ndata: ${oneLine(text)}\n\n`;
}
