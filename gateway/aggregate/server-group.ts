import type { OpenPeer, PeerSession, SessionEnd } from '../client-endpoint/session-peer.ts';
import type { RpcNotification } from '../rpc/rpc-message.ts';
import { AggregatedServer } from './aggregated-server.ts';
import type { Said } from './child-session.ts';

/** The servers of one aggregated session, in the order of the configuration. */
export class ServerGroup {
  readonly #servers: ReadonlyMap<string, AggregatedServer>;

  constructor(
    openPeers: ReadonlyMap<string, OpenPeer>,
    parts: {
      client: PeerSession;
      hello: string | undefined;
      said: Said;
      arrived: (server: AggregatedServer) => void;
    },
  ) {
    this.#servers = new Map(
      openPeers
        .entries()
        .map(([name, openPeer]) => [name, new AggregatedServer(name, { ...parts, openPeer })]),
    );
  }

  get all(): readonly AggregatedServer[] {
    return [...this.#servers.values()];
  }

  find(name: string): AggregatedServer | undefined {
    return this.#servers.get(name);
  }

  /** Begins with all that are not there; settles when each has answered, has failed, or has had its time. */
  async gather(): Promise<void> {
    await Promise.all(this.all.map((server) => server.ready()));
  }

  /** Those that are there and offer something. */
  offering(capability: string): readonly AggregatedServer[] {
    return this.all.filter(({ welcome }) => welcome?.capabilities.has(capability));
  }

  /** Those that are not there. */
  get missing(): readonly AggregatedServer[] {
    return this.all.filter(({ session }) => session === undefined);
  }

  /** Tells all that are there. */
  notify(notification: RpcNotification): void {
    for (const { session } of this.all) session?.receive(notification);
  }

  close(reason: SessionEnd): void {
    for (const server of this.all) server.close(reason);
  }
}
