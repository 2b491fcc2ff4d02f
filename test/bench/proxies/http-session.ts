import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { type CallSession, callText, expectAnswer, opening } from './call-session.ts';

/** A session over Streamable HTTP by raw POSTs on kept connections: the least that a client of Node can do. */
export class HttpSession implements CallSession {
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  #headers: Record<string, string> = {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  };
  #calls = 0;

  private constructor(url: string) {
    this.#url = new URL(url);
  }

  static async open(url: string): Promise<HttpSession> {
    const session = new HttpSession(url);
    const response = await session.#post(opening.initialize);
    await bodyOf(response);
    const id = response.headers['mcp-session-id'];
    const isNamed = typeof id === 'string' && { 'mcp-session-id': id };
    session.#headers = { ...session.#headers, 'mcp-protocol-version': '2025-06-18', ...isNamed };
    await bodyOf(await session.#post(opening.initialized));
    return session;
  }

  async call(): Promise<void> {
    this.#calls++;
    const id = this.#calls;
    expectAnswer(await bodyOf(await this.#post(callText(id))), id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
  }

  #post(body: string): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = { ...this.#headers, 'content-length': Buffer.byteLength(body) };
    request(this.#url, { method: 'POST', agent: this.#agent, headers }, resolve)
      .on('error', reject)
      .end(body);
    return promise;
  }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    body += chunk;
  });
  await once(response, 'end');
  return body;
}
