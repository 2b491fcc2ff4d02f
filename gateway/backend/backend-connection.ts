import { rawMembers } from '../rpc/raw-json.ts';
import { RpcClient } from '../rpc/rpc-client.ts';
import type { RpcAnswer, RpcMessage, RpcNotification, RpcRequest } from '../rpc/rpc-message.ts';
import type { MakeTransport } from '../server-transport/server-transport.ts';
import type { CallContext, LinkRequest } from './server-link.ts';

/** Nobody gives up a connection that opens but who closes it. */
const never = new AbortController().signal;

/** Who hears of a connection. */
export interface ConnectionListener {
  end(): void;
  fault(error: Error): void;
  /** Answers the server's requests; where it is missing, they are answered with an error. `signal`: the connection has ended. */
  request?(request: RpcRequest, context: CallContext | undefined, signal: AbortSignal): Promise<RpcAnswer>;
  notification?(notification: RpcNotification, context: CallContext | undefined): void;
}

/** One connection to a server, from its opening to its end. Its faults are those of `RpcClient`. */
export class BackendConnection {
  readonly #client: RpcClient;
  /** By the id of the request at the server. */
  readonly #contexts = new Map<string, CallContext>();
  #requests = 0;
  #isRetired = false;
  readonly #ending = new AbortController();
  /** Settles when the server has answered `initialize`: the result as the server spelled it. */
  readonly opened: Promise<string>;

  /** `hello` is the params of `initialize`. */
  constructor(makeTransport: MakeTransport, hello: string, on: ConnectionListener) {
    const { request, notification } = on;
    this.#client = new RpcClient(makeTransport, {
      fault: on.fault,
      paused: (id) => this.#contexts.get(id)?.pause?.(),
      ended: () => this.#end(() => on.end()),
      ...(request && {
        request: (asked, id) => request(asked, this.#contextOf(asked, id), this.#ending.signal),
      }),
      ...(notification && { notification: (told, id) => notification(told, this.#contextOf(told, id)) }),
    });
    this.opened = this.#client.initialize(hello, never);
    this.opened.catch(() => on.end());
  }

  /** Whether it came to its end. */
  get isClosed(): boolean {
    return this.#ending.signal.aborted;
  }

  /** Sends a request. When `signal` aborts, the server is told, and the promise rejects. */
  async request({ method, params, context }: LinkRequest, signal: AbortSignal): Promise<string> {
    this.#requests++;
    const { id, result } = this.#client.begin(method, params, signal);
    if (context !== undefined) this.#contexts.set(id, context);
    try {
      return await result;
    } finally {
      this.#contexts.delete(id);
      this.#requests--;
      this.#closeWhenDone();
    }
  }

  /** Sends a notification, once the connection is open. Throws what opening it threw, or a TransportError. */
  async notify(notification: RpcNotification): Promise<void> {
    await this.opened;
    await this.#client.notify(notification, never);
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

  /**
   * The request that a message of the server's belongs to: the one on whose stream it came, the one that it names by its
   * token, or the only one that there is: over stdio nothing else tells.
   */
  #contextOf(message: RpcMessage, relatedTo: string | undefined): CallContext | undefined {
    const known = this.#contexts.get(relatedTo ?? '');
    if (known !== undefined) return known;
    const contexts = [...this.#contexts.values()];
    const token = progressTokenOf(message);
    if (token !== undefined) return contexts.find(({ progressToken }) => progressToken === token);
    return contexts.length === 1 ? contexts[0] : undefined;
  }

  #end(tell: () => void): void {
    this.#ending.abort();
    tell();
  }

  #closeWhenDone(): void {
    if (this.#isRetired && this.#requests === 0) void this.close();
  }
}

function progressTokenOf(message: RpcMessage): string | undefined {
  if (message.kind !== 'notification' || message.method !== 'notifications/progress') return undefined;
  return rawMembers(message.params ?? '{}').get('progressToken');
}
