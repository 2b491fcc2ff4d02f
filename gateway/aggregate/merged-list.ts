import type { Log } from '../log.ts';
import type { LogFields } from '../log-fields.ts';
import { outcomeError } from '../relay/outcome-error.ts';
import { rawMembers, withMember } from '../rpc/raw-json.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import { saidOf } from '../said-of.ts';
import { timeLimit } from '../time-limit.ts';
import { until } from '../until.ts';
import { wordsOf } from '../words-of.ts';
import { aggregatedName, toolNameProblem } from './aggregated-name.ts';
import type { SendText } from './child-session.ts';
import { stringOf } from './json-string.ts';
import { listPages } from './list-pages.ts';
import type { ResourceOwners } from './resource-owners.ts';
import type { MemberServer, ServerSet } from './server-set.ts';

/** How long one server may take for all pages of a list, in milliseconds: the client waits for the slowest. */
const listMs = 10_000;
/** So much of a name is told in the log, in characters. */
const shownLength = 100;

interface ListKind {
  readonly member: string;
  readonly capability: 'tools' | 'prompts' | 'resources';
  /** What its elements are told apart by. */
  readonly key: 'name' | 'uri' | 'uriTemplate';
}

/** The lists of several servers that are one here. */
export const listKinds: ReadonlyMap<string, ListKind> = new Map<string, ListKind>([
  ['tools/list', { member: 'tools', capability: 'tools', key: 'name' }],
  ['prompts/list', { member: 'prompts', capability: 'prompts', key: 'name' }],
  ['resources/list', { member: 'resources', capability: 'resources', key: 'uri' }],
  ['resources/templates/list', { member: 'resourceTemplates', capability: 'resources', key: 'uriTemplate' }],
]);

/** What the lists of a session are made of. */
export interface ListSources {
  readonly servers: ServerSet;
  readonly owners: ResourceOwners;
  readonly separator: string;
  readonly log: Log;
  /** What was told in the log already, where that is not told once for each session. */
  readonly told?: Set<string>;
}

/** Where what comes while a list is made goes, and when it is not wanted any more. */
export interface ListContext {
  readonly send: SendText;
  /** Tells the client that a server is left out. */
  readonly leftOut: (server: MemberServer, reason: string) => void;
  readonly signal: AbortSignal;
}

/** The lists of a session's servers, each as one. */
export class MergedLists {
  readonly #sources: ListSources;
  /** Tools that were told to be left out: once for each session. */
  readonly #told: Set<string>;

  constructor(sources: ListSources) {
    this.#sources = sources;
    this.#told = sources.told ?? new Set();
  }

  /** The result as JSON; in `_meta` the servers that are not in it. Throws an RpcError where no server can be asked. */
  async list(method: string, kind: ListKind, context: ListContext): Promise<string> {
    const { servers } = this.#sources;
    await until(servers.gather(), context.signal);
    const asked = servers.offering(kind.capability);
    const missing = new Set(servers.missing);
    for (const server of missing) context.leftOut(server, server.failure);
    const lists = await Promise.all(
      asked.map(async (server) => {
        const elements = await this.#listOf(server, { method, ...kind }, context);
        if (elements === undefined) missing.add(server);
        return elements ?? [];
      }),
    );
    context.signal.throwIfAborted();
    if (asked.length === 0 && missing.size === 0)
      throw new RpcError(rpcCodes.methodNotFound, `no server offers ${method}`);
    if (missing.size > 0 && asked.every((server) => missing.has(server)))
      throw outcomeError({ kind: 'failed', reason: 'BACKEND_UNAVAILABLE' });
    return `{"${kind.member}":[${lists.flat().join(',')}]${unavailable([...missing])}}`;
  }

  /** Nothing where the server does not answer with a list in time. */
  async #listOf(
    server: MemberServer,
    request: ListKind & { method: string },
    { send, signal, leftOut }: ListContext,
  ): Promise<string[] | undefined> {
    const { session } = server;
    if (session === undefined) return undefined;
    using limit = timeLimit(listMs, signal);
    try {
      const pages = await listPages(session, { ...request, send, signal: limit.signal });
      if (pages.isCut) this.#note(server, `${request.method} is too long: the rest is left out`);
      return this.#taken(server, request, pages.elements);
    } catch (error) {
      if (signal.aborted) return undefined;
      const { words, fields } = saidOf(error);
      this.#note(server, `${request.method} failed, left out of /mcp: ${words}`, fields);
      leftOut(server, `${request.method}: ${wordsOf(error)}`);
      return undefined;
    }
  }

  #taken(server: MemberServer, { member, key }: ListKind, elements: readonly string[]): string[] {
    const named = elements.flatMap((element) => {
      const own = keyOf(element, key);
      return own === undefined ? [] : [{ element, own }];
    });
    if (key !== 'name') {
      const owns = named.map(({ own }) => own);
      this.#sources.owners.keep(server.name, key, owns);
      return named.map(({ element }) => element);
    }
    const { separator } = this.#sources;
    return named.flatMap(({ element, own }) => {
      const parts = { server: server.name, own };
      const problem = member === 'tools' ? toolNameProblem(parts, separator) : undefined;
      if (problem === undefined)
        return [withMember(element, 'name', JSON.stringify(aggregatedName(parts, separator)))];
      this.#note(server, `tool ${JSON.stringify(own.slice(0, shownLength))} is left out of /mcp: ${problem}`);
      return [];
    });
  }

  #note(server: MemberServer, sentence: string, fields: LogFields = {}): void {
    const note = `${server.name}: ${sentence}`;
    if (this.#told.has(note) || this.#told.size >= maxTold) return;
    this.#told.add(note);
    this.#sources.log.write('warn', sentence, { server: server.name, ...fields });
  }
}

/** Different lines that one session writes into the log at most: a server chooses its tools' names. */
const maxTold = 1_000;

/** What an element is told apart by; nothing for what is no element of such a list. */
function keyOf(element: string, key: string): string | undefined {
  try {
    return stringOf(rawMembers(element).get(key));
  } catch {
    return undefined;
  }
}

function unavailable(servers: readonly MemberServer[]): string {
  if (servers.length === 0) return '';
  return `,"_meta":{"sluice.dev/unavailable":${JSON.stringify(servers.map(({ name }) => name))}}`;
}
