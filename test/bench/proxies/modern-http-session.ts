import { Agent } from 'node:http';
import { type CallSession, expectAnswer } from './call-session.ts';
import { postText } from './post-text.ts';

const meta =
  '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}';

const headers = {
  accept: 'application/json, text/event-stream',
  'content-type': 'application/json',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'read',
};

/** A client of 2026-07-28 by raw POSTs on kept connections: there is no session, each request says it all. */
export class ModernHttpSession implements CallSession {
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64 });
  #calls = 0;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  async call(): Promise<void> {
    this.#calls++;
    const id = this.#calls;
    const params = `{"name":"read","arguments":{"n":${id}},"_meta":${meta}}`;
    const body = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`;
    const { text } = await postText(this.#url, body, { agent: this.#agent, headers });
    expectAnswer(text, id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
  }
}
