import { modernVersions } from '../modern/modern-version.ts';
import { toLegacyParams } from '../modern/request-meta.ts';
import { toModernResult } from '../modern/result-fields.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { withoutMembers, writeObject } from '../rpc/raw-object.ts';
import { RpcError, rpcCodes } from '../rpc-error.ts';
import type { LinkRequest, ServerLink } from '../server-link.ts';
import type { ToolDefinition, ToolPage } from '../tool-definition.ts';

/** What the era without sessions has no more, and the other did not have yet. */
const unknownMethods = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'subscriptions/listen',
]);

/**
 * The way of clients of 2026-07-28 to a server with sessions: requests and their results. What the server would ask or tell
 * by itself has no place in that era: it is told that the client can do nothing of the kind.
 */
export class ModernToLegacyLink implements ServerLink {
  readonly #legacy: ServerLink;

  constructor(legacy: ServerLink) {
    this.#legacy = legacy;
  }

  /** What the server says in answer to `initialize`, as the answer to `server/discover`. */
  async welcome(signal: AbortSignal): Promise<string> {
    const said = rawMembers(await this.#legacy.welcome(signal));
    const capabilities = withoutTelling(said.get('capabilities') ?? '{}');
    const instructions = said.get('instructions');
    const discovered = writeObject([
      ['supportedVersions', JSON.stringify(modernVersions)],
      ['capabilities', capabilities],
      ...(instructions === undefined ? [] : [['instructions', instructions] as const]),
      ['_meta', writeObject([['io.modelcontextprotocol/serverInfo', said.get('serverInfo') ?? '{}']])],
    ]);
    return toModernResult('server/discover', discovered);
  }

  async request(request: LinkRequest, signal: AbortSignal): Promise<string> {
    const { method, params } = request;
    if (unknownMethods.has(method))
      throw new RpcError(rpcCodes.methodNotFound, `there is no ${method} for a server of an older revision`);
    const result = await this.#legacy.request({ ...request, params: toLegacyParams(params) }, signal);
    return toModernResult(method, result);
  }

  /** This era has no notifications of clients. */
  notify(): void {}

  findTool(name: string, signal: AbortSignal): Promise<ToolDefinition | undefined> {
    return this.#legacy.findTool(name, signal);
  }

  noteTools(result: string): ToolPage {
    return this.#legacy.noteTools(result);
  }

  /** The connection is the agent's, for its next requests. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Without what has no place in requests without sessions: to be told by a server that was not asked. */
function withoutTelling(capabilities: string): string {
  const offered = rawMembers(capabilities);
  offered.delete('logging');
  const quiet = [...offered].map(([name, value]) => {
    const isObject = value.startsWith('{');
    return [name, isObject ? withoutMembers(value, ['listChanged', 'subscribe']) : value] as const;
  });
  return writeObject(quiet);
}
