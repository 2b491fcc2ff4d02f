import type { BackendClient } from '../backend/backend.ts';
import type { ServerLink } from '../backend/server-link.ts';
import type { PeerSession } from '../client-endpoint/session-peer.ts';
import type { ModernClient } from '../eras/modern-link.ts';
import type { ModernOffer } from '../eras/modern-server-peer.ts';
import type { GuardedServer } from '../guarded-server.ts';
import type { Caller } from '../http/caller.ts';
import type { ClientRequest } from './client-request.ts';
import type { GuardedOffer } from './guarded-offer.ts';
import { ReplaceableLink } from './replaceable-link.ts';
import type { ServerMessages } from './server-messages.ts';
import type { ServerOffer } from './server-peer.ts';
import type { ToolRequest } from './tool-caller.ts';

/** How long what is under way at a server that is configured otherwise now may take to end, in milliseconds. */
const drainMs = 30_000;

/** A guarded server of a name, whatever is configured under it: sessions live on when that changes. */
export class ReplaceableOffer implements ServerOffer, ModernOffer {
  #current: GuardedOffer;
  readonly #links = new Set<ReplaceableLink>();
  /** What a link of one request leads to. */
  readonly #leased = new WeakMap<ServerLink, GuardedOffer>();

  constructor(offer: GuardedOffer) {
    this.#current = offer;
  }

  get server(): GuardedServer {
    return this.#current.server;
  }

  get isGuarded(): boolean {
    return this.#current.isGuarded;
  }

  get serverName(): string {
    return this.#current.serverName;
  }

  /**
   * Puts another server in the place of the one before, for all sessions, and tells their clients. Settles when what was
   * under way has ended, and the links to the one before are closed.
   */
  async replace(offer: GuardedOffer): Promise<void> {
    const { inUse } = this.#current.server;
    this.#current = offer;
    const before = [...this.#links].map((link) => link.replace(offer));
    await inUse.idle(drainMs);
    await Promise.all(before.map((link) => link[Symbol.asyncDispose]()));
  }

  /** Settles when nothing is under way any more. */
  async drained(): Promise<void> {
    await this.#current.server.inUse.idle(drainMs);
  }

  openLink(client: BackendClient): ServerLink {
    const link = new ReplaceableLink(client, this.#current, () => this.#links.delete(link));
    this.#links.add(link);
    return link;
  }

  hello(params: string, session: PeerSession): string {
    return this.#current.hello(params, session);
  }

  messages(session: PeerSession, bareParams?: string): ServerMessages {
    return this.#current.messages(session, { bareParams, server: () => this.server });
  }

  openModernLink(client: ModernClient & { caller: Caller }): ServerLink {
    const offer = this.#current;
    const link = offer.openModernLink(client);
    this.#leased.set(link, offer);
    return link;
  }

  welcome(request: ClientRequest, signal: AbortSignal): Promise<string | undefined> {
    return this.#using(request, (offer, bound) => offer.welcome(bound, signal));
  }

  listTools(request: ClientRequest, signal: AbortSignal): Promise<string> {
    return this.#using(request, (offer, bound) => offer.listTools(bound, signal));
  }

  callTool(request: ToolRequest, signal: AbortSignal): Promise<string> {
    return this.#using(request, (offer, bound) => offer.callTool(bound, signal));
  }

  request(request: ClientRequest, signal: AbortSignal): Promise<string> {
    return this.#using(request, (offer, bound) => offer.request(bound, signal));
  }

  listen(request: ClientRequest, signal: AbortSignal): Promise<string> {
    return this.#using(request, (offer, bound) => offer.listen(bound, signal));
  }

  refusedAnswer(
    params: string,
    caller: Caller,
    signal: AbortSignal,
  ): ReturnType<ModernOffer['refusedAnswer']> {
    return this.#current.refusedAnswer(params, caller, signal);
  }

  /** Who judges a request and who answers it are one server from its beginning to its end, whatever is configured meanwhile. */
  async #using<Request extends ClientRequest, T>(
    request: Request,
    run: (offer: GuardedOffer, bound: Request) => Promise<T>,
  ): Promise<T> {
    const { offer, link } = this.#boundOf(request.link);
    using _ = offer.server.inUse.begin();
    return await run(offer, { ...request, link });
  }

  #boundOf(link: ServerLink): { offer: GuardedOffer; link: ServerLink } {
    if (link instanceof ReplaceableLink) return link.current;
    return { offer: this.#leased.get(link) ?? this.#current, link };
  }
}
