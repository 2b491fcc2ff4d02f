import { GatewayError } from '../gateway-error.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { ReconnectPause } from '../server-transport/reconnect-pause.ts';

/** Sends `subscriptions/listen`; it settles when the server ends the subscription. */
export type Listen = (params: string, signal: AbortSignal) => Promise<unknown>;

/** Resources that one client may subscribe to: all of them are in each request. */
const maxUris = 1_000;

/** What a client with a session has subscribed to, as one subscription at a server without; opened again when it ends. */
export class StandingSubscription implements Disposable {
  readonly #listen: Listen;
  readonly #lists: string[] = [];
  /** The JSON of each. */
  readonly #uris = new Set<string>();
  #ending: AbortController | undefined;

  constructor(listen: Listen) {
    this.#listen = listen;
  }

  /** Listens to the lists whose changes the server tells. `capabilities` is the JSON of what it says that it can do. */
  listenToLists(capabilities: string): void {
    const offered = rawMembers(capabilities);
    const told = ['tools', 'prompts', 'resources'].filter((kind) =>
      /"listChanged"\s*:\s*true/.test(offered.get(kind) ?? ''),
    );
    this.#lists.splice(0, Number.POSITIVE_INFINITY, ...told);
    this.#renew();
  }

  /** `uri` is JSON. Throws BACKEND_ERROR for one too many. */
  add(uri: string): void {
    if (this.#uris.size >= maxUris)
      throw new GatewayError('BACKEND_ERROR', `a client may subscribe to ${maxUris} resources of a server`);
    this.#uris.add(uri);
    this.#renew();
  }

  delete(uri: string): void {
    this.#uris.delete(uri);
    this.#renew();
  }

  [Symbol.dispose](): void {
    this.#ending?.abort();
  }

  #renew(): void {
    this.#ending?.abort();
    this.#ending = undefined;
    if (this.#lists.length === 0 && this.#uris.size === 0) return;
    this.#ending = new AbortController();
    void this.#follow(this.#ending.signal);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const pause = new ReconnectPause();
    const members = this.#lists.map((kind) => `"${kind}ListChanged":true`);
    if (this.#uris.size > 0) members.push(`"resourceSubscriptions":[${[...this.#uris].join(',')}]`);
    const params = `{"notifications":{${members.join(',')}}}`;
    while (!signal.aborted) {
      await this.#listen(params, signal).catch(() => undefined);
      await pause.wait(undefined, signal).catch(() => undefined);
    }
  }
}
