import type { LinkRequest, ServerLink } from '../backend/server-link.ts';
import type { ToolDefinition, ToolPage } from '../backend/tool-definition.ts';
import { isLogLevel } from '../modern/log-level.ts';
import { modernVersions } from '../modern/modern-version.ts';
import { metaKeys, toLegacyParams } from '../modern/request-meta.ts';
import { toModernResult } from '../modern/result-fields.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { writeObject } from '../rpc/raw-object.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import { stringFrom } from '../rpc/rpc-message.ts';
import { listenToSession } from './listen-to-session.ts';
import type { ModernClient } from './modern-link.ts';
import { asOwnCall } from './own-call.ts';
import type { SessionLink } from './session-link.ts';

/** What the era without sessions has no more, and the other did not have yet. */
const unknownMethods = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
]);

/**
 * The way of one request of a client of 2026-07-28 to a server with sessions, over a connection that the agent's other
 * requests have in common. What the server would ask the client has no place in that era: it is told that the client can
 * do nothing of the kind.
 */
export class ModernToLegacyLink implements ServerLink {
  readonly #session: SessionLink;
  readonly #client: ModernClient;

  constructor(session: SessionLink, client: ModernClient) {
    this.#session = session;
    this.#client = client;
  }

  /** What the server says in answer to `initialize`, as the answer to `server/discover`. */
  async welcome(signal: AbortSignal): Promise<string> {
    const said = rawMembers(await this.#session.link.welcome(signal));
    const instructions = said.get('instructions');
    const discovered = writeObject([
      ['supportedVersions', JSON.stringify(modernVersions)],
      ['capabilities', said.get('capabilities') ?? '{}'],
      ...(instructions === undefined ? [] : [['instructions', instructions] as const]),
      ['_meta', writeObject([['io.modelcontextprotocol/serverInfo', said.get('serverInfo') ?? '{}']])],
    ]);
    return toModernResult('server/discover', discovered);
  }

  async request(request: LinkRequest, signal: AbortSignal): Promise<string> {
    const { method } = request;
    if (unknownMethods.has(method))
      throw new RpcError(rpcCodes.methodNotFound, `there is no ${method} for a server of an older revision`);
    if (method === 'subscriptions/listen')
      return listenToSession({ request, client: this.#client, session: this.#session }, signal);
    const level = this.#logLevel();
    if (level !== undefined && request.context !== undefined) await this.#lowerLevel(level, signal);
    const own = asOwnCall({ ...request, params: toLegacyParams(request.params) }, level);
    return toModernResult(method, await this.#session.link.request(own, signal));
  }

  /** This era has no notifications of clients. */
  notify(): void {}

  findTool(name: string, signal: AbortSignal): Promise<ToolDefinition | undefined> {
    return this.#session.link.findTool(name, signal);
  }

  noteTools(result: string): ToolPage {
    return this.#session.link.noteTools(result);
  }

  /** The connection is the agent's, for its next requests. */
  async [Symbol.asyncDispose](): Promise<void> {}

  /** From which level on the client wants to hear log messages during this request; none where it does not say. */
  #logLevel(): string | undefined {
    const level = stringFrom(rawMembers(this.#client.meta).get(metaKeys.logLevel));
    return isLogLevel(level) ? level : undefined;
  }

  /** The connection's level is that of the client that wants most; each is told no more than it wants. */
  async #lowerLevel(level: string, signal: AbortSignal): Promise<void> {
    const { link, listeners } = this.#session;
    const { capabilities = '{}' } = Object.fromEntries(rawMembers(await link.welcome(signal)));
    if (!rawMembers(capabilities).has('logging') || !listeners.lowersLevel(level)) return;
    const asked = { method: 'logging/setLevel', params: JSON.stringify({ level }) };
    // A server that refuses it logs as it likes: that is no reason to refuse the request.
    await link.request(asked, signal).catch(() => signal.throwIfAborted());
  }
}
