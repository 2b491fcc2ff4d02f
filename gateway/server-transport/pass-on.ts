import type { TransportListener } from './server-transport.ts';

/** A listener that tells another one everything, but what `own` is told in its place. */
export function passOn(listener: TransportListener, own: Partial<TransportListener>): TransportListener {
  return {
    received: (message, relatedTo) => listener.received(message, relatedTo),
    paused: (id) => listener.paused?.(id),
    fault: (error) => listener.fault(error),
    ended: (error) => listener.ended(error),
    ...own,
  };
}
