import type { CallContext, LinkListener, LinkRequest, ServerLink } from '../backend/server-link.ts';
import type { ToolDefinition, ToolPage } from '../backend/tool-definition.ts';
import { metaKeys, withMeta, withSubscription } from '../modern/request-meta.ts';
import type { ModernBackend } from '../modern-server/modern-backend.ts';
import { withoutMembers } from '../rpc/raw-object.ts';
import type { RpcNotification } from '../rpc/rpc-message.ts';

/** Who asks, and where it hears what belongs to its request. */
export interface ModernClient {
  /** The JSON of the id of its request. */
  readonly id: string;
  /** The JSON of the `_meta` of its request. */
  readonly meta: string;
  readonly listener: LinkListener;
}

/** The way of one request of a client of 2026-07-28 to a server of the same. */
export class ModernLink implements ServerLink {
  readonly #backend: ModernBackend;
  readonly #client: ModernClient;

  constructor(backend: ModernBackend, client: ModernClient) {
    this.#backend = backend;
    this.#client = client;
  }

  welcome(signal: AbortSignal): Promise<string> {
    return this.request({ method: 'server/discover', params: this.#ownParams('{}') }, signal);
  }

  async request(
    { method, params, context, headers = {} }: LinkRequest,
    signal: AbortSignal,
  ): Promise<string> {
    const { id } = this.#client;
    const listener = {
      notification: (notification: RpcNotification) => this.#notified(notification, context),
    };
    return withSubscription(await this.#backend.request({ method, params, headers }, listener, signal), id);
  }

  /** This era has no notifications of clients. */
  notify(): void {}

  findTool(name: string, signal: AbortSignal): Promise<ToolDefinition | undefined> {
    return this.#backend.findTool(name, signal, (params, within) =>
      this.request({ method: 'tools/list', params: this.#ownParams(params) }, within),
    );
  }

  noteTools(result: string): ToolPage {
    return this.#backend.noteTools(result);
  }

  /** The connection is everybody's. */
  async [Symbol.asyncDispose](): Promise<void> {}

  /** The params of a request on the way to the client's: what is told of that one, the client has not asked for. */
  #ownParams(params: string): string {
    return withMeta(params, withoutMembers(this.#client.meta, ['progressToken', metaKeys.logLevel]));
  }

  /** A client knows its subscription by the id of its own request. */
  #notified(notification: RpcNotification, context: CallContext | undefined): void {
    const { id, listener } = this.#client;
    if (notification.method === 'notifications/tools/list_changed') this.#backend.forgetTools();
    const { params } = notification;
    const own =
      params === undefined ? notification : { ...notification, params: withSubscription(params, id) };
    listener.notification(own, context);
  }
}
