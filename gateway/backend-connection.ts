import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type Result, ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { version } from './version.ts';

/** The SDK needs a timeout of its own; every request here has a signal that comes first. In milliseconds: a day. */
const neverMs = 24 * 60 * 60 * 1000;

/** What the server is told of a request that nobody waits for any more: an agent's own words would leave the house. */
const cancelReason = 'nobody waits for the answer any more';

/** One connection to a server, from its opening to its end. Its faults are the SDK's errors. */
export class BackendConnection {
  readonly #client = new Client({ name: 'sluice', version });
  #requests = 0;
  #isRetired = false;
  /** Settles when the server has answered `initialize`. */
  readonly opened: Promise<void>;

  constructor(transport: Transport, on: { end: () => void; fault: (error: Error) => void }) {
    this.#client.onclose = on.end;
    this.#client.onerror = on.fault;
    this.opened = this.#client.connect(transport);
    this.opened.catch(on.end);
  }

  /** Whether it came to its end. */
  get isClosed(): boolean {
    return this.#client.transport === undefined;
  }

  /** Sends a request. When `signal` aborts, the server is told, and the promise rejects. */
  async request(
    request: { method: string; params: Record<string, unknown> },
    signal: AbortSignal,
  ): Promise<Result> {
    signal.throwIfAborted();
    // The SDK never stops to listen to a signal: with the caller's it would cancel requests that were answered long ago.
    const ending = new AbortController();
    const end = () => ending.abort(cancelReason);
    signal.addEventListener('abort', end, { once: true });
    this.#requests++;
    try {
      return await this.#client.request(request, ResultSchema, { signal: ending.signal, timeout: neverMs });
    } finally {
      signal.removeEventListener('abort', end);
      this.#requests--;
      this.#closeWhenDone();
    }
  }

  /** Nobody sends anything over it any more: it is closed once what is under way has ended. */
  retire(): void {
    this.#isRetired = true;
    this.#closeWhenDone();
  }

  /** Ends it now, also while it still opens. */
  close(): Promise<void> {
    return this.#client.close();
  }

  #closeWhenDone(): void {
    if (this.#isRetired && this.#requests === 0) void this.close();
  }
}
