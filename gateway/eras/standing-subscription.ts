import { GatewayError } from '../gateway-error.ts';
import { rawElements, rawMembers } from '../rpc/raw-json.ts';
import { stringFrom } from '../rpc/rpc-message.ts';
import { ReconnectPause } from '../server-transport/reconnect-pause.ts';
import { until } from '../until.ts';

/** Who hears how a subscription goes. */
export interface SubscriptionEvents {
  /** The server has agreed to tell something: the JSON of the params of its acknowledgement. */
  acknowledged(params: string): void;
}

/** Sends `subscriptions/listen`; it settles when the server ends the subscription. */
export type Listen = (params: string, on: SubscriptionEvents, signal: AbortSignal) => Promise<unknown>;

type Agreement = PromiseWithResolvers<ReadonlySet<string | undefined>>;

/** Resources that one client may subscribe to: all of them are in each request. */
const maxUris = 1_000;
/** A subscription that held for so long, in milliseconds, is opened again at once: servers and proxies end streams. */
const heldMs = 60_000;

/** What a client with a session has subscribed to, as one subscription at a server without; opened again when it ends. */
export class StandingSubscription implements Disposable {
  readonly #listen: Listen;
  readonly #reopened: () => void;
  readonly #lists: string[] = [];
  /** The JSON of each. */
  readonly #uris = new Set<string>();
  #ending: AbortController | undefined;
  /** What the server agrees to tell of, of all that is asked for now: URIs. */
  #agreed: Agreement = Promise.withResolvers();
  #isClosed = false;

  /** `reopened` is told when the subscription holds again after it was lost: something may have changed meanwhile. */
  constructor(listen: Listen, reopened: () => void) {
    this.#listen = listen;
    this.#reopened = reopened;
  }

  /** Listens to the lists whose changes the server tells. `capabilities` is the JSON of what it says that it can do. */
  listenToLists(capabilities: string): void {
    const offered = rawMembers(capabilities);
    const told = ['tools', 'prompts', 'resources'].filter((kind) =>
      /"listChanged"\s*:\s*true/.test(offered.get(kind) ?? ''),
    );
    if (told.join() === this.#lists.join()) return;
    this.#lists.splice(0, Number.POSITIVE_INFINITY, ...told);
    this.#renew();
  }

  /** Settles when the server has agreed. `uri` is JSON. Throws BACKEND_ERROR where it does not, and for one too many. */
  async add(uri: string, signal: AbortSignal): Promise<void> {
    if (this.#uris.size >= maxUris && !this.#uris.has(uri))
      throw new GatewayError('BACKEND_ERROR', `a client may subscribe to ${maxUris} resources of a server`);
    this.#uris.add(uri);
    this.#renew();
    try {
      const agreed = await until(this.#agreed.promise, signal);
      if (!agreed.has(stringFrom(uri)))
        throw new GatewayError('BACKEND_ERROR', 'the server does not tell when this resource changes');
    } catch (error) {
      this.delete(uri);
      throw error;
    }
  }

  delete(uri: string): void {
    if (this.#uris.delete(uri)) this.#renew();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#ending?.abort();
  }

  #renew(): void {
    this.#ending?.abort();
    this.#ending = undefined;
    const agreed: Agreement = Promise.withResolvers();
    agreed.promise.catch(() => undefined);
    // Whoever waits for what was asked for before waits for this.
    this.#agreed.resolve(agreed.promise);
    this.#agreed = agreed;
    if (this.#isClosed || (this.#lists.length === 0 && this.#uris.size === 0)) {
      agreed.resolve(new Set());
      return;
    }
    this.#ending = new AbortController();
    void this.#follow(agreed, this.#ending.signal);
  }

  async #follow(agreed: Agreement, signal: AbortSignal): Promise<void> {
    const pause = new ReconnectPause();
    const params = this.#params();
    let isFirst = true;
    const acknowledged = (told: string) => {
      agreed.resolve(agreedUris(told));
      if (!isFirst) this.#reopened();
      isFirst = false;
    };
    while (!signal.aborted) {
      const openedMs = performance.now();
      await this.#listen(params, { acknowledged }, signal).catch((error) => {
        if (!signal.aborted) agreed.reject(error);
      });
      if (performance.now() - openedMs > heldMs) pause.reset();
      await pause.wait(undefined, signal).catch(() => undefined);
    }
  }

  #params(): string {
    const members = this.#lists.map((kind) => `"${kind}ListChanged":true`);
    if (this.#uris.size > 0) members.push(`"resourceSubscriptions":[${[...this.#uris].join(',')}]`);
    return `{"notifications":{${members.join(',')}}}`;
  }
}

function agreedUris(params: string): ReadonlySet<string | undefined> {
  const notifications = rawMembers(params).get('notifications');
  const uris = notifications?.startsWith('{')
    ? rawMembers(notifications).get('resourceSubscriptions')
    : undefined;
  return new Set(uris?.startsWith('[') ? rawElements(uris).map((uri) => stringFrom(uri)) : []);
}
