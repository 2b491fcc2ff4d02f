import { EventEmitter, once } from 'node:events';
import { envelopeOf } from './envelope.ts';
import type { OpenWire, Wire } from './wire.ts';

/** What came from the server, in its order. Answers have no method. */
export interface Heard {
  readonly method: string | undefined;
  /** Of an answer, as it was spelled. */
  readonly id: string | undefined;
  /** The params as they were spelled; of an answer `"result":…` or `"error":…`. */
  readonly text: string;
}

/** A JSON-RPC client that knows nothing of MCP: it keeps what it hears, and answers what it was told to. */
export class RawClient implements AsyncDisposable {
  readonly heard: Heard[] = [];
  /** Results as JSON by method, for the server's requests. */
  answers: Readonly<Record<string, string>> = {};
  readonly #arrivals = new EventEmitter();
  #wire: Wire | undefined;
  #requests = 0;

  static async open(openWire: OpenWire): Promise<RawClient> {
    const client = new RawClient();
    client.#wire = await openWire((text) => client.#take(text));
    return client;
  }

  /** Sends a request; its id, as it is spelled on the wire. Strings and numbers take turns. */
  async request(method: string, params: string | undefined): Promise<string> {
    this.#requests++;
    const id = this.#requests % 2 === 0 ? `"id/${this.#requests} é"` : String(this.#requests);
    await this.#send(`{"jsonrpc":"2.0","id":${id},"method":"${method}"${paramsMember(params)}}`);
    return id;
  }

  async notify(method: string, params: string | undefined): Promise<void> {
    await this.#send(`{"jsonrpc":"2.0","method":"${method}"${paramsMember(params)}}`);
  }

  /** Waits until something is true of what was heard; false when it does not become true in time. */
  async hears(isThere: () => boolean, signal: AbortSignal): Promise<boolean> {
    while (!isThere()) {
      if (signal.aborted) return false;
      await once(this.#arrivals, 'message', { signal }).catch(() => undefined);
    }
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#wire?.[Symbol.asyncDispose]();
  }

  #take(text: string): void {
    const envelope = envelopeOf(text);
    const method = envelope.has('method') ? String(JSON.parse(envelope.get('method') ?? '')) : undefined;
    const id = envelope.get('id');
    if (method !== undefined && id !== undefined) void this.#answer(method, id);
    this.heard.push(
      method === undefined
        ? answerOf(envelope)
        : { method, id: undefined, text: envelope.get('params') ?? '' },
    );
    this.#arrivals.emit('message');
  }

  async #answer(method: string, id: string): Promise<void> {
    const result = this.answers[method];
    const member =
      result === undefined ? '"error":{"code":-32601,"message":"not here"}' : `"result":${result}`;
    await this.#send(`{"jsonrpc":"2.0","id":${id},${member}}`);
  }

  async #send(text: string): Promise<void> {
    await this.#wire?.send(text);
  }
}

function answerOf(envelope: ReadonlyMap<string, string>): Heard {
  const member = envelope.has('error') ? 'error' : 'result';
  return { method: undefined, id: envelope.get('id'), text: `"${member}":${envelope.get(member)}` };
}

function paramsMember(params: string | undefined): string {
  return params === undefined ? '' : `,"params":${params}`;
}
