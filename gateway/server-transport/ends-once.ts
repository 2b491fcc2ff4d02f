import { passOn } from './pass-on.ts';
import type { TransportListener } from './server-transport.ts';

/** A listener that is told of one end, the first, however many parts come to theirs. */
export function endsOnce(listener: TransportListener): TransportListener {
  let hasEnded = false;
  return passOn(listener, {
    ended: (error) => {
      if (hasEnded) return;
      hasEnded = true;
      listener.ended(error);
    },
  });
}
