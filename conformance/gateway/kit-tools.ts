import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { UsageError } from '../command-line.ts';

/** A call that has reached the server behind the gateway. */
export interface ReachedCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

const inputSchema = { type: 'object' as const };
const tools = [
  { name: 'kit_get', description: 'Reads two items.', inputSchema, annotations: { readOnlyHint: true } },
  { name: 'kit_put', description: 'Writes something.', inputSchema },
];

/** What the two items of a result hold, for a call with this `nonce`. */
export function itemsOf(nonce: unknown): readonly [first: { text: string }, second: { text: string }] {
  return [{ text: `first-${nonce}` }, { text: `second-${nonce}` }];
}

/** The MCP server behind the gateway under test: a tool that reads, one that writes, and it knows what it was asked. */
export class KitTools implements Disposable {
  /** Since the last check. */
  readonly calls: ReachedCall[] = [];
  readonly #http = createServer((request, response) => void this.#serve(request, response));

  static async listen({ host, port }: { host: string; port: number }): Promise<KitTools> {
    const kit = new KitTools();
    try {
      kit.#http.listen(port, host);
      await once(kit.#http, 'listening');
    } catch (error) {
      throw new UsageError(`cannot listen on ${host}:${port}`, { cause: error });
    }
    return kit;
  }

  [Symbol.dispose](): void {
    this.#http.close();
    this.#http.closeAllConnections();
  }

  /** Each request for itself: there is nothing to remember between two. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    response.on('close', () => void transport.close());
    try {
      await this.#server().connect(transport as Transport);
      await transport.handleRequest(request, response);
    } catch {
      response.destroy();
    }
  }

  #server(): Server {
    const server = new Server({ name: 'conformance-kit', version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
    server.setRequestHandler(CallToolRequestSchema, ({ params: { name, arguments: args = {} } }) => {
      this.calls.push({ tool: name, args });
      const text = JSON.stringify({ items: itemsOf(args.nonce) });
      return { content: [{ type: 'text', text }], ...(args.fail === true && { isError: true }) };
    });
    return server;
  }
}
