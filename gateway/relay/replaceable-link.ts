import type { BackendClient } from '../backend/backend.ts';
import type { LinkListener, LinkRequest, ServerLink } from '../backend/server-link.ts';
import type { ToolDefinition, ToolPage } from '../backend/tool-definition.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import type { RpcNotification } from '../rpc/rpc-message.ts';
import { writeFailure } from '../rpc/write-message.ts';
import type { GuardedOffer } from './guarded-offer.ts';

/** A link, and what it leads to: what is sent over it is judged by the guard of the same server. */
export interface BoundLink {
  readonly offer: GuardedOffer;
  readonly link: ServerLink;
}

/** A client's link to a server that may be configured otherwise while the client's session lives. */
export class ReplaceableLink implements ServerLink {
  readonly #client: BackendClient;
  readonly #ended: () => void;
  #current: BoundLink;

  constructor(client: BackendClient, offer: GuardedOffer, ended: () => void) {
    this.#client = client;
    this.#ended = ended;
    this.#current = this.#open(offer);
  }

  /** What a request is sent over and judged by, from its beginning to its end. */
  get current(): BoundLink {
    return this.#current;
  }

  /** Leads to another server from now on; the client hears that everything may be another. The link from before. */
  replace(offer: GuardedOffer): ServerLink {
    const { link } = this.#current;
    this.#current = this.#open(offer);
    this.#client.listener.reopened();
    return link;
  }

  welcome(signal: AbortSignal): Promise<string> {
    return this.#current.link.welcome(signal);
  }

  request(request: LinkRequest, signal: AbortSignal): Promise<string> {
    return this.#current.link.request(request, signal);
  }

  notify(notification: RpcNotification): void {
    this.#current.link.notify(notification);
  }

  findTool(name: string, signal: AbortSignal): Promise<ToolDefinition | undefined> {
    return this.#current.link.findTool(name, signal);
  }

  noteTools(result: string): ToolPage {
    return this.#current.link.noteTools(result);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended();
    await this.#current.link[Symbol.asyncDispose]();
  }

  /** What a server still says that is not configured any more, nobody would judge by its own guard. */
  #open(offer: GuardedOffer): BoundLink {
    const { hello, listener } = this.#client;
    const isCurrent = () => this.#current.offer === offer;
    const gated: LinkListener = {
      request: async (request, context, signal) => {
        if (isCurrent()) return listener.request(request, context, signal);
        const message = 'this server is not configured any more';
        return writeFailure(request.id, { code: rpcCodes.internalError, message });
      },
      notification: (notification, context) => {
        if (isCurrent()) listener.notification(notification, context);
      },
      reopened: () => {
        if (isCurrent()) listener.reopened();
      },
    };
    return { offer, link: offer.openLink({ hello, listener: gated }) };
  }
}
