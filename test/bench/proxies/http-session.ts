import { Agent } from 'node:http';
import { type CallSession, callText, expectAnswer, opening } from './call-session.ts';
import { postText } from './post-text.ts';

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
    const { headers } = await session.#post(opening.initialize);
    const id = headers['mcp-session-id'];
    const isNamed = typeof id === 'string' && { 'mcp-session-id': id };
    session.#headers = { ...session.#headers, 'mcp-protocol-version': '2025-06-18', ...isNamed };
    await session.#post(opening.initialized);
    return session;
  }

  async call(): Promise<void> {
    this.#calls++;
    const id = this.#calls;
    const { text } = await this.#post(callText(id));
    expectAnswer(text, id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
  }

  #post(body: string): ReturnType<typeof postText> {
    return postText(this.#url, body, { agent: this.#agent, headers: this.#headers });
  }
}
