import { RpcClient } from './rpc/rpc-client.ts';
import type { MakeTransport } from './server-transport/server-transport.ts';
import { version } from './version.ts';

const clientInfo = { name: 'sluice', version } as const;

/** Nobody gives up a connection that opens but who closes it. */
const never = new AbortController().signal;

/** One connection to a server, from its opening to its end. Its faults are those of `RpcClient`. */
export class BackendConnection {
  readonly #client: RpcClient;
  #requests = 0;
  #isRetired = false;
  #isClosed = false;
  /** Settles when the server has answered `initialize`: the result as the server spelled it. */
  readonly opened: Promise<string>;

  constructor(makeTransport: MakeTransport, on: { end: () => void; fault: (error: Error) => void }) {
    this.#client = new RpcClient(makeTransport, { fault: on.fault, ended: () => this.#end(on.end) });
    this.opened = this.#client.initialize({ clientInfo }, never);
    this.opened.catch(on.end);
  }

  /** Whether it came to its end. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends a request. When `signal` aborts, the server is told, and the promise rejects. */
  async request(method: string, params: string, signal: AbortSignal): Promise<string> {
    this.#requests++;
    try {
      return await this.#client.request(method, params, signal);
    } finally {
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

  #end(tell: () => void): void {
    this.#isClosed = true;
    tell();
  }

  #closeWhenDone(): void {
    if (this.#isRetired && this.#requests === 0) void this.close();
  }
}
