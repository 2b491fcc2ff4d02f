import type { OpenPeer, SessionEnd, SessionPeer } from '../client-endpoint/session-peer.ts';
import { attribute } from './attributes.ts';
import { count, isMeasuring, recordSince } from './instruments.ts';

/** Ends that are no client's wish, and not its rest. */
const faults: readonly SessionEnd[] = ['crowded', 'refused'];

/** The same peers, whose sessions with clients are counted and measured. `server`: undefined where it is all of them. */
export function measuredSessions(openPeer: OpenPeer, server?: string): OpenPeer {
  return (session) => {
    const peer = openPeer(session);
    return isMeasuring() ? measuredPeer(peer, server) : peer;
  };
}

function measuredPeer(peer: SessionPeer, server: string | undefined): SessionPeer {
  const sinceMs = performance.now();
  const named = server === undefined ? {} : { [attribute.server]: server };
  count('openSessions', 1, named);
  return {
    request: (request, exchange) => peer.request(request, exchange),
    receive: (message) => peer.receive(message),
    close: (reason) => {
      const fault = faults.includes(reason) ? { [attribute.errorType]: reason } : {};
      count('openSessions', -1, named);
      recordSince('serverSession', sinceMs, { ...named, ...fault });
      peer.close(reason);
    },
  };
}
