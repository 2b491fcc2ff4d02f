import { metaKeys } from '../modern/request-meta.ts';
import type { ModernExchange, ModernRequest } from '../modern-endpoint/modern-peer.ts';
import { rawElements, rawMembers } from '../rpc/raw-json.ts';
import { writeObject } from '../rpc/raw-object.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import { readMessage, stringFrom } from '../rpc/rpc-message.ts';
import { writeNotification } from '../rpc/write-message.ts';
import { timeLimit } from '../time-limit.ts';
import { until } from '../until.ts';
import type { ModernMember } from './modern-member.ts';
import type { ResourceOwners } from './resource-owners.ts';
import type { ServerSet } from './server-set.ts';

/** How long one server may take to agree, in milliseconds: the client waits for the slowest. */
const agreeMs = 10_000;

const lists = ['tools', 'prompts', 'resources'] as const;

/** The members of a filter, or of what was agreed of it, as JSON. */
type Filter = ReadonlyMap<string, string>;

interface Among {
  readonly servers: ServerSet<ModernMember>;
  readonly owners: ResourceOwners;
}

/** One `subscriptions/listen` at several servers: each is asked for what it offers, and all tell the same client. */
export class MergedSubscription {
  readonly #client: ModernRequest;
  readonly #among: Among;
  /** Before the client is told what was agreed it is told nothing. */
  readonly #acknowledged = Promise.withResolvers<void>();

  constructor(client: ModernRequest, among: Among) {
    this.#client = client;
    this.#among = among;
  }

  /** The result, when one of the servers has ended its part: the client asks again then. */
  async serve(exchange: ModernExchange): Promise<string> {
    const { id, params = '{}' } = this.#client.request;
    const filter = expectFilter(params);
    const { servers } = this.#among;
    await until(servers.gather(), exchange.signal);
    const ended = Promise.withResolvers<void>();
    const asked = servers.all.flatMap((server) => {
      const own = this.#filterOf(server, filter);
      return own.size === 0 ? [] : [this.#listen(server, own, { exchange, ended: ended.resolve })];
    });
    const agreed = merged(await Promise.all(asked));
    const meta = writeObject([[metaKeys.subscriptionId, id]]);
    const told = `{"_meta":${meta},"notifications":${writeObject(agreed)}}`;
    exchange.notify(writeNotification('notifications/subscriptions/acknowledged', told).text);
    this.#acknowledged.resolve();
    await until(ended.promise, exchange.signal);
    return `{"_meta":${meta}}`;
  }

  /** What of a filter is for this server: the lists that it has, and its resources. */
  #filterOf({ name, welcome }: ModernMember, filter: Filter): Filter {
    const { servers, owners } = this.#among;
    const own = new Map<string, string>();
    for (const list of lists) {
      const flag = `${list}ListChanged`;
      if (filter.get(flag) === 'true' && welcome?.capabilities.has(list)) own.set(flag, 'true');
    }
    const offering = servers.offering('resources');
    const lone = offering.length === 1 ? offering[0]?.name : undefined;
    const uris = urisOf(filter).filter((uri) => (owners.ownerOf(stringFrom(uri) ?? '') ?? lone) === name);
    if (uris.length > 0) own.set('resourceSubscriptions', `[${uris.join(',')}]`);
    return own;
  }

  /** What the server agrees to tell; nothing of it where it does not agree in time. */
  async #listen(
    server: ModernMember,
    filter: Filter,
    { exchange, ended }: { exchange: ModernExchange; ended: () => void },
  ): Promise<Filter> {
    const agreed = Promise.withResolvers<Filter>();
    let hasAgreed = false;
    const send = (text: string) => {
      const message = readMessage(text);
      if (message.kind !== 'notification') return;
      if (message.method === 'notifications/subscriptions/acknowledged') {
        hasAgreed = true;
        agreed.resolve(agreedIn(message.params));
      } else void this.#acknowledged.promise.then(() => exchange.notify(text));
    };
    const params = `{"notifications":${writeObject(filter)}}`;
    const { signal } = exchange;
    void server.request({ method: 'subscriptions/listen', params, send, signal }).then(() => {
      if (hasAgreed) ended();
      agreed.resolve(new Map());
    });
    using limit = timeLimit(agreeMs, signal);
    return await until(agreed.promise, limit.signal).catch(() => new Map());
  }
}

function expectFilter(params: string): Filter {
  const filter = rawMembers(params).get('notifications');
  if (filter?.startsWith('{')) return rawMembers(filter);
  const sentence = 'subscriptions/listen needs notifications, an object that says what to tell';
  throw new RpcError(rpcCodes.invalidParams, sentence);
}

function agreedIn(params = '{}'): Filter {
  const agreed = rawMembers(params).get('notifications');
  return agreed?.startsWith('{') ? rawMembers(agreed) : new Map();
}

function urisOf(filter: Filter): readonly string[] {
  const uris = filter.get('resourceSubscriptions');
  return uris?.startsWith('[') ? rawElements(uris) : [];
}

function merged(agreed: readonly Filter[]): Filter {
  const all = new Map<string, string>();
  for (const list of lists) {
    const flag = `${list}ListChanged`;
    if (agreed.some((each) => each.get(flag) === 'true')) all.set(flag, 'true');
  }
  const uris = new Set(agreed.flatMap((each) => urisOf(each)));
  if (uris.size > 0) all.set('resourceSubscriptions', `[${[...uris].join(',')}]`);
  return all;
}
