import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type JSONRPCMessage, LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { callTool, textOf } from './tool-result.ts';

/** Anything that a client is sent. */
export type Received = JSONRPCMessage & {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
};

/** How a client is opened. */
export interface RecordingSetup {
  readonly url: string;
  readonly capabilities?: object;
  readonly run?: string;
  /** The result for a request of the server's, by its method; an error where it throws; none at all where it never settles. */
  readonly answer?: (request: Received) => Promise<Record<string, unknown>>;
}

/** The SDK's client, and everything that it is sent, in order. */
export class RecordingClient implements AsyncDisposable {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
  readonly received: Received[] = [];
  #changed = Promise.withResolvers<void>();

  private constructor({ url, capabilities = {}, run, answer }: RecordingSetup) {
    this.client = new Client({ name: 'recording', version: '1' }, { capabilities });
    const headers = run === undefined ? {} : { 'sluice-run': run };
    this.transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
    if (answer !== undefined) this.client.fallbackRequestHandler = (request) => answer(request as Received);
    this.client.setNotificationHandler(LoggingMessageNotificationSchema, () => undefined);
  }

  static async open(setup: RecordingSetup): Promise<RecordingClient> {
    const recording = new RecordingClient(setup);
    await recording.client.connect(recording.transport as Transport);
    const own = recording.transport.onmessage;
    recording.transport.onmessage = (message) => {
      recording.received.push(message as Received);
      recording.#changed.resolve();
      recording.#changed = Promise.withResolvers();
      own?.(message);
    };
    return recording;
  }

  /** Waits for a message that it is true of, whether it has come already or not. */
  async got(isIt: (message: Received) => boolean): Promise<Received> {
    for (;;) {
      const message = this.received.find(isIt);
      if (message !== undefined) return message;
      await this.#changed.promise;
    }
  }

  /** The messages of a method so far. */
  of(method: string): Received[] {
    return this.received.filter((message) => message.method === method);
  }

  /** The text of a tool's result. */
  async text(tool: string, args: object = {}): Promise<string> {
    return textOf(await callTool(this.client, tool, args));
  }

  /** What the told server got that holds a text, once that came so often. */
  async heard(text: string, count = 1): Promise<Received[]> {
    const lines: string[] = JSON.parse(await this.text('heard', { text, count }));
    return lines.map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

/** One message as a line. */
export function line(message: object): string {
  return JSON.stringify({ jsonrpc: '2.0', ...message });
}
