import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { RawRequest } from '../../e2e/raw-request.ts';

/** One event of a stream, its fields as they were sent. */
export interface SentEvent {
  readonly id?: string;
  readonly event?: string;
  readonly retry?: string;
  readonly data?: string;
  /** What a comment says. */
  readonly ''?: string;
}

/** A response that is read event by event, and can be broken off. */
export class SseConnection {
  readonly #request: ClientRequest;
  readonly #response: IncomingMessage;
  readonly #chunks: AsyncIterator<string>;
  #text = '';

  private constructor(request: ClientRequest, response: IncomingMessage) {
    this.#request = request;
    this.#response = response.setEncoding('utf8');
    this.#chunks = response[Symbol.asyncIterator]();
  }

  static async open(port: number, { method = 'POST', body, headers }: RawRequest): Promise<SseConnection> {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      agent: false,
    });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new SseConnection(request, response);
  }

  get status(): number {
    return this.#response.statusCode ?? 0;
  }

  get headers(): IncomingMessage['headers'] {
    return this.#response.headers;
  }

  /** The next event; nothing when the stream has ended. Rejects when it broke. */
  async next(): Promise<SentEvent | undefined> {
    let end = this.#text.indexOf('\n\n');
    while (end === -1) {
      const { value, done } = await this.#chunks.next();
      if (done) return undefined;
      this.#text += value;
      end = this.#text.indexOf('\n\n');
    }
    const lines = this.#text.slice(0, end).split('\n');
    this.#text = this.#text.slice(end + 2);
    return Object.fromEntries(lines.map(field));
  }

  /** All events until the end. */
  async rest(): Promise<SentEvent[]> {
    const events: SentEvent[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) events.push(event);
    return events;
  }

  /** Breaks the connection off, as a client that loses its network. */
  break(): void {
    this.#request.destroy();
  }
}

function field(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(': ');
  return [line.slice(0, colon), line.slice(colon + 2)];
}
