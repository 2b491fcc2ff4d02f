import { rawMembers, withMember } from '../rpc/raw-json.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import { nameParts } from './aggregated-name.ts';
import { stringOf } from './json-string.ts';
import type { ResourceOwners } from './resource-owners.ts';
import type { MemberServer, ServerSet } from './server-set.ts';

/** MCP's code for a resource that there is not. */
export const resourceNotFound = -32002;

/** Whom a request goes to, and its params as that server knows them. */
export interface Route {
  readonly server: MemberServer;
  readonly params: string;
}

/** Finds the one server that a request is for. Of the params only the name is rewritten: all else stays as it is spelled. */
export class CallRouter {
  readonly #servers: ServerSet;
  readonly #owners: ResourceOwners;
  readonly #separator: string;

  constructor(servers: ServerSet, owners: ResourceOwners, separator: string) {
    this.#servers = servers;
    this.#owners = owners;
    this.#separator = separator;
  }

  /** Throws an RpcError where it is for no server, an RpcMessageError where its params cannot be read. */
  route(method: string, params: string): Route | undefined {
    switch (method) {
      case 'tools/call':
        return this.#byName(params, { what: 'tool', method });
      case 'prompts/get':
        return this.#byName(params, { what: 'prompt', method });
      case 'completion/complete':
        return this.#byReference(params);
      case 'resources/read':
      case 'resources/subscribe':
      case 'resources/unsubscribe':
        return this.#byUri(params, method);
      default:
        return undefined;
    }
  }

  #byName(params: string, { what, method }: { what: 'tool' | 'prompt'; method: string }): Route {
    const name = stringOf(rawMembers(params).get('name'));
    if (name === undefined)
      throw new RpcError(rpcCodes.invalidParams, `${method} needs the name of a ${what}`);
    const parts = nameParts(name, this.#separator);
    const server = parts && this.#servers.find(parts.server);
    if (server !== undefined && parts !== undefined)
      return { server, params: withMember(params, 'name', JSON.stringify(parts.own)) };
    throw new RpcError(
      rpcCodes.invalidParams,
      `the server has no ${what} ${JSON.stringify(name)}: see ${what}s/list`,
    );
  }

  #byReference(params: string): Route {
    const reference = rawMembers(params).get('ref');
    const members = reference?.startsWith('{') ? rawMembers(reference) : new Map<string, string>();
    if (reference !== undefined && members.has('name')) {
      const route = this.#byName(reference, { what: 'prompt', method: 'completion/complete' });
      return { ...route, params: withMember(params, 'ref', route.params) };
    }
    const uri = stringOf(members.get('uri'));
    if (uri === undefined)
      throw new RpcError(rpcCodes.invalidParams, 'completion/complete needs a ref: a prompt or a resource');
    return { server: this.#expectOwner(this.#owners.ownerOfReference(uri), uri), params };
  }

  #byUri(params: string, method: string): Route {
    const uri = stringOf(rawMembers(params).get('uri'));
    if (uri === undefined)
      throw new RpcError(rpcCodes.invalidParams, `${method} needs the uri of a resource`);
    return { server: this.#expectOwner(this.#owners.ownerOf(uri), uri), params };
  }

  /** Where no list says whose it is, it can only be that of the one server that has resources, if there is just one. */
  #expectOwner(owner: string | undefined, uri: string): MemberServer {
    const offering = this.#servers.offering('resources');
    const isLone = offering.length === 1 && this.#servers.missing.length === 0;
    const server = owner === undefined && isLone ? offering[0] : this.#servers.find(owner ?? '');
    if (server !== undefined) return server;
    throw new RpcError(
      resourceNotFound,
      'no list that you were given says which server has this resource: see resources/list and resources/templates/list',
      { uri },
    );
  }
}
