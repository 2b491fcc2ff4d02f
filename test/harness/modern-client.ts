import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';

/** Anything that a client is sent, parsed. */
export interface Told {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly [name: string]: unknown; readonly _meta?: Readonly<Record<string, unknown>> };
  readonly result?: { readonly [name: string]: unknown; readonly _meta?: Readonly<Record<string, unknown>> };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** What else a request says. */
export interface Asking {
  readonly id?: number | string;
  /** Members of `_meta`, besides the three that each request has. */
  readonly meta?: object;
  readonly capabilities?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A whole answer, with what came before it. */
export interface Answered {
  readonly status: number;
  readonly answer: Told;
  readonly before: readonly Told[];
}

/** A client of 2026-07-28, by hand: each request is a POST on a connection of its own. */
export class ModernClient {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, { run }: { readonly run?: string } = {}) {
    this.#url = new URL(url);
    this.#headers = run === undefined ? {} : { 'sluice-run': run };
  }

  /** Asks, and waits for the answer. */
  async ask(method: string, params: object = {}, asking: Asking = {}): Promise<Answered> {
    await using open = await this.open(method, params, asking);
    const all: Told[] = [];
    for await (const message of open) all.push(message);
    const answer = all.pop();
    if (answer === undefined) throw new Error(`${method} was not answered`);
    return { status: open.status, answer, before: all };
  }

  /** The same of a tool call; its result. */
  async call(tool: string, args: object = {}, { asking = {}, more = {} } = {}): Promise<Told['result']> {
    const { answer } = await this.ask('tools/call', { name: tool, arguments: args, ...more }, asking);
    if (answer.result === undefined) throw new Error(JSON.stringify(answer.error));
    return answer.result;
  }

  /** Asks, and waits for the beginning of the answer. */
  async open(method: string, params: object = {}, asking: Asking = {}): Promise<OpenAnswer> {
    const { id = 1, meta = {}, capabilities = {}, headers = {} } = asking;
    const version = '2026-07-28';
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': version,
      'io.modelcontextprotocol/clientInfo': { name: 'by-hand', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': capabilities,
      ...meta,
    };
    const { name, uri } = params as { name?: string; uri?: string };
    const named = method === 'resources/read' ? uri : name;
    const outgoing = httpRequest(this.#url, {
      method: 'POST',
      agent: false,
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-protocol-version': version,
        'mcp-method': method,
        ...(named !== undefined && { 'mcp-name': named }),
        ...this.#headers,
        ...headers,
      },
    });
    outgoing.end(JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta } }));
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    return new OpenAnswer(incoming);
  }
}

/** An answer that may still go on. */
export class OpenAnswer implements AsyncDisposable {
  readonly status: number;
  readonly #incoming: IncomingMessage;
  readonly #messages: AsyncIterator<Told>;

  constructor(incoming: IncomingMessage) {
    this.status = incoming.statusCode ?? 0;
    this.#incoming = incoming;
    this.#messages = read(incoming);
  }

  /** The next message; throws at the end. */
  async next(): Promise<Told> {
    const { done, value } = await this.#messages.next();
    if (done) throw new Error('there is no further message');
    return value;
  }

  [Symbol.asyncIterator](): AsyncIterator<Told> {
    return this.#messages;
  }

  /** Closes the connection, which cancels the request. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#incoming.destroy();
  }
}

async function* read(incoming: IncomingMessage): AsyncGenerator<Told> {
  if (incoming.headers['content-type'] !== 'text/event-stream') {
    yield JSON.parse(Buffer.concat(await incoming.toArray()).toString());
    return;
  }
  // A stream that was cut says so by an error.
  for await (const line of createInterface({ input: incoming }))
    if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length));
}
