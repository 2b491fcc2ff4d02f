import type { CallContext, LinkListener } from '../backend/server-link.ts';
import { logLevelRank } from '../modern/log-level.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import type { RpcAnswer, RpcNotification, RpcRequest } from '../rpc/rpc-message.ts';
import { writeFailure } from '../rpc/write-message.ts';

/** Who hears what a server says that no request has caused. */
export interface SubscriptionListener extends Pick<LinkListener, 'notification' | 'reopened'> {
  /** The connection is closed for good. */
  ended(): void;
}

/** What clients subscribe to, and hear on no other request. */
const subscribed = /^notifications\/((tools|prompts|resources)\/list_changed|resources\/updated)$/;

/**
 * Who hears what a server says on the connection of an agent whose clients have no sessions: what belongs to a request is
 * its client's, and what clients subscribe to is told to those that listen. Nobody can be asked anything.
 */
export class AgentListeners implements LinkListener {
  readonly #listeners = new Set<SubscriptionListener>();
  /** The JSON of each URI that is subscribed to, and by how many. */
  readonly #uris = new Map<string, number>();
  #levelRank = Number.POSITIVE_INFINITY;

  add(listener: SubscriptionListener): void {
    this.#listeners.add(listener);
  }

  delete(listener: SubscriptionListener): void {
    this.#listeners.delete(listener);
  }

  /** One more listens to a resource; whether it is the first. */
  hold(uri: string): boolean {
    const holders = this.#uris.get(uri) ?? 0;
    this.#uris.set(uri, holders + 1);
    return holders === 0;
  }

  /** One less listens to a resource; whether it was the last. */
  release(uri: string): boolean {
    const holders = this.#uris.get(uri) ?? 0;
    if (holders > 1) this.#uris.set(uri, holders - 1);
    else this.#uris.delete(uri);
    return holders === 1;
  }

  /** Whether the server has to be asked for more log messages, so that those of this level come. From then on they do. */
  lowersLevel(level: string): boolean {
    const rank = logLevelRank(level);
    if (rank >= this.#levelRank) return false;
    this.#levelRank = rank;
    return true;
  }

  async request({ id }: RpcRequest): Promise<RpcAnswer> {
    return writeFailure(id, { code: rpcCodes.methodNotFound, message: 'Method not found' });
  }

  notification(notification: RpcNotification, context: CallContext | undefined): void {
    // Over stdio the only request under way would pass for what has caused it.
    if (!subscribed.test(notification.method)) context?.listener?.notification(notification, context);
    else for (const listener of this.#listeners) listener.notification(notification, undefined);
  }

  reopened(): void {
    this.#levelRank = Number.POSITIVE_INFINITY;
    for (const listener of this.#listeners) listener.reopened();
  }

  /** Nobody will hear anything any more. */
  close(): void {
    for (const listener of this.#listeners) listener.ended();
  }
}
