import type { OpenPeer, PeerSession, SessionEnd } from '../client-endpoint/session-peer.ts';
import type { RpcNotification } from '../rpc/rpc-message.ts';
import { AggregatedServer } from './aggregated-server.ts';
import type { Said } from './child-session.ts';
import { ServerSet } from './server-set.ts';

/** The servers of one aggregated session, in the order of the configuration. */
export class ServerGroup extends ServerSet<AggregatedServer> {
  constructor(
    openPeers: ReadonlyMap<string, OpenPeer>,
    parts: {
      client: PeerSession;
      hello: string | undefined;
      said: Said;
      arrived: (server: AggregatedServer) => void;
    },
  ) {
    super(openPeers.entries().map(([name, openPeer]) => new AggregatedServer(name, { ...parts, openPeer })));
  }

  /** Tells all that are there. */
  notify(notification: RpcNotification): void {
    for (const { session } of this.all) session?.receive(notification);
  }

  close(reason: SessionEnd): void {
    for (const server of this.all) server.close(reason);
  }
}
