import { once } from 'node:events';
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import type { OpenWire, Wire } from './wire.ts';

/** A server over Streamable HTTP, in the revisions that have sessions. */
export function httpWire(url: string): OpenWire {
  return async (receive) => new HttpWire(url, receive);
}

class HttpWire implements Wire {
  readonly #url: string;
  readonly #receive: (text: string) => void;
  readonly #agent = new Agent({ keepAlive: true });
  #session: string | undefined;

  constructor(url: string, receive: (text: string) => void) {
    this.#url = url;
    this.#receive = receive;
  }

  async send(text: string): Promise<void> {
    // What a server says of its own accord may begin with this message, so somebody must listen before.
    if (text.includes('"notifications/initialized"')) await this.#listen();
    const response = await this.#open('POST', text);
    const session = response.headers['mcp-session-id'];
    if (typeof session === 'string') this.#session = session;
    if (response.statusCode === 202) response.resume();
    else if (isStream(response)) void this.#follow(response);
    else this.#receive(await textOf(response));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#session !== undefined) (await this.#open('DELETE')).resume();
    this.#agent.destroy();
  }

  async #listen(): Promise<void> {
    const response = await this.#open('GET');
    if (!isStream(response)) throw new Error(`no stream to listen to: ${response.statusCode}`);
    void this.#follow(response);
  }

  async #open(method: 'POST' | 'GET' | 'DELETE', body?: string): Promise<IncomingMessage> {
    const options: RequestOptions = { method, agent: this.#agent, headers: this.#headers() };
    const sent = request(this.#url, options).end(body);
    const [response]: IncomingMessage[] = await once(sent, 'response');
    if (response === undefined) throw new Error('no response');
    return response;
  }

  #headers(): Record<string, string> {
    const session = this.#session === undefined ? {} : { 'mcp-session-id': this.#session };
    const version = this.#session === undefined ? {} : { 'mcp-protocol-version': '2025-11-25' };
    const accept = 'application/json, text/event-stream';
    return { accept, 'content-type': 'application/json', ...session, ...version };
  }

  /** Hands on the data of each event, until the stream ends or is broken off at the end of the test. */
  async #follow(stream: IncomingMessage): Promise<void> {
    let rest = '';
    stream.setEncoding('utf8').on('error', () => undefined);
    stream.on('data', (chunk: string) => {
      const events = (rest + chunk).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) this.#take(event);
    });
  }

  #take(event: string): void {
    const data = event.split('\n').filter((line) => line.startsWith('data:'));
    const text = data.map((line) => line.slice('data:'.length).replace(/^ /, '')).join('\n');
    if (text !== '') this.#receive(text);
  }
}

function isStream({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('text/event-stream') === true;
}
