import type { Log } from '../log.ts';
import { metaKeys } from '../modern/request-meta.ts';
import { toModernResult } from '../modern/result-fields.ts';
import type { ModernExchange, ModernPeer, ModernRequest } from '../modern-endpoint/modern-peer.ts';
import { clientFailure } from '../rpc/client-failure.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import { RpcMessageError } from '../rpc/rpc-message-error.ts';
import { writeFailure, writeRequest, writeResult } from '../rpc/write-message.ts';
import { CallRouter, type Route, resourceNotFound } from './call-router.ts';
import { ClientLog } from './client-log.ts';
import { listKinds, MergedLists } from './merged-list.ts';
import { MergedSubscription } from './merged-subscription.ts';
import { mergedDiscovery } from './merged-welcome.ts';
import { ModernMember } from './modern-member.ts';
import { OwnersByAgent } from './owners-by-agent.ts';
import type { ResourceOwners } from './resource-owners.ts';
import { type MemberServer, ServerSet } from './server-set.ts';

/** What all requests have in common. */
export interface ModernAggregateParts {
  /** By the server's name, in the order of the configuration: what stands behind `/mcp/{server}`. */
  readonly peers: ReadonlyMap<string, ModernPeer>;
  /** Between a server's name and its tool's; `prefixProblem` has nothing against it. */
  readonly separator: string;
  readonly log: Log;
}

/** All servers at once, for clients without sessions. Each server is behind it what it is on `/mcp/{server}`. */
export class ModernAggregatePeer implements ModernPeer {
  readonly #parts: ModernAggregateParts;
  readonly #owners = new OwnersByAgent();
  /** What was told of tools that are left out. */
  readonly #told = new Set<string>();

  constructor(parts: ModernAggregateParts) {
    this.#parts = parts;
  }

  request(request: ModernRequest, exchange: ModernExchange): void {
    void this.#answer(request, exchange);
  }

  async #answer(client: ModernRequest, exchange: ModernExchange): Promise<void> {
    const { id, method } = client.request;
    try {
      const inside = this.#inside(client, exchange);
      const route = await routeOf(client, inside);
      if (route === undefined) {
        const result = await this.#result(client, inside, exchange);
        exchange.answer(writeResult(id, toModernResult(method, result)).text);
      } else {
        // It answers by itself, with the same id.
        const request = writeRequest(id, method, route.params);
        inside.servers.find(route.server.name)?.peer.request({ ...client, request }, exchange);
      }
    } catch (error) {
      exchange.answer(this.#failure(id, error).text);
    }
  }

  #inside(client: ModernRequest, { signal }: ModernExchange): Inside {
    const { separator } = this.#parts;
    // As they are configured by the time of this request.
    const peers = new Map(this.#parts.peers);
    const members = peers.entries().map(([name, peer]) => new ModernMember(name, peer, { client, signal }));
    const servers = new ServerSet(members);
    const owners = this.#owners.of(client.caller, [...peers.keys()]);
    return { servers, owners, router: new CallRouter(servers, owners, separator) };
  }

  /** What is answered here. */
  async #result(client: ModernRequest, inside: Inside, exchange: ModernExchange): Promise<string> {
    const { method, params = '{}' } = client.request;
    if (method === 'server/discover') {
      await inside.servers.gather();
      return mergedDiscovery(inside.servers.all);
    }
    if (method === 'subscriptions/listen') return new MergedSubscription(client, inside).serve(exchange);
    const kind = listKinds.get(method);
    if (kind === undefined)
      throw new RpcError(rpcCodes.methodNotFound, `Sluice does not offer ${method} on /mcp`);
    if (rawMembers(params).has('cursor'))
      throw new RpcError(rpcCodes.invalidParams, `${method} has one page here: leave the cursor out`);
    const { separator, log } = this.#parts;
    const send = (text: string) => exchange.notify(text);
    const lists = new MergedLists({ ...inside, separator, log, told: this.#told });
    return lists.list(method, kind, { send, leftOut: leftOutIn(client, send), signal: exchange.signal });
  }

  #failure(id: string, error: unknown) {
    if (error instanceof RpcMessageError) return writeFailure(id, error);
    return writeFailure(id, clientFailure(error, this.#parts.log));
  }
}

/** What there is for one request. */
interface Inside {
  readonly servers: ServerSet<ModernMember>;
  readonly owners: ResourceOwners;
  readonly router: CallRouter;
}

/** Whom a request goes to, if it goes to one server. Where no list says whose a resource is, only the servers can. */
async function routeOf({ request }: ModernRequest, inside: Inside): Promise<Route | undefined> {
  const { method, params = '{}' } = request;
  // Clients of this era subscribe in another way.
  if (method === 'resources/subscribe' || method === 'resources/unsubscribe') return undefined;
  try {
    return inside.router.route(method, params);
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== resourceNotFound) throw error;
    await inside.servers.gather();
    return inside.router.route(method, params);
  }
}

/** Tells a client that hears log messages which server is left out of its list. */
function leftOutIn({ meta }: ModernRequest, send: (text: string) => void) {
  const level = rawMembers(meta).get(metaKeys.logLevel);
  const log = new ClientLog();
  if (level !== undefined) log.setLevel(`{"level":${level}}`);
  return ({ name }: MemberServer, reason: string) => {
    if (level !== undefined) log.warn(`${name} is left out: ${reason}`, send);
  };
}
