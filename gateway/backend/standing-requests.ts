import { rawMembers } from '../rpc/raw-json.ts';
import type { LinkRequest } from './server-link.ts';

/** Resources whose subscriptions are remembered: a client must not fill the memory. */
const maxSubscriptions = 1_000;

/** What a client has asked of its session, and would have to ask of another: the level of log messages, subscriptions. */
export class StandingRequests {
  readonly #requests = new Map<string, LinkRequest>();

  get requests(): Iterable<LinkRequest> {
    return this.#requests.values();
  }

  /** Notes a request that the server has granted, if it is one of those. */
  note({ method, params }: LinkRequest): void {
    if (method === 'logging/setLevel') this.#requests.set('level', { method, params });
    else if (method === 'resources/unsubscribe') this.#requests.delete(uriOf(params));
    else if (method === 'resources/subscribe' && this.#requests.size <= maxSubscriptions)
      this.#requests.set(uriOf(params), { method, params });
  }
}

function uriOf(params: string): string {
  return `uri ${rawMembers(params).get('uri')}`;
}
