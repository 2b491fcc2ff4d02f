import type { LinkListener, ServerLink } from '../backend/server-link.ts';
import { GatewayError } from '../gateway-error.ts';
import type { ModernBackend } from '../modern-server/modern-backend.ts';
import type { EraChoice } from './era-link.ts';

/** The two ways to a server for a client with a session. */
export interface EraLinks {
  readonly legacy: ServerLink;
  readonly modern: ServerLink;
  readonly backend: Pick<ModernBackend, 'speaks' | 'forgetEra'>;
  readonly listener: Pick<LinkListener, 'reopened'>;
}

/** The way for a client with a session: its own era is tried first. */
export function ownEraFirst({ legacy, modern, backend, listener }: EraLinks): EraChoice {
  return {
    choose: async (signal) => {
      try {
        await legacy.welcome(signal);
        return legacy;
      } catch (error) {
        // Where it cannot be told either, what was tried first says more.
        const isModern = () => backend.speaks(signal).catch(() => false);
        if (error instanceof GatewayError && (await isModern())) return modern;
        throw error;
      }
    },
    forget: () => backend.forgetEra(),
    changed: async (link, signal) => {
      // What stands for `initialize`, which the client will not send once more.
      await link.welcome(signal);
      listener.reopened();
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([legacy[Symbol.asyncDispose](), modern[Symbol.asyncDispose]()]);
    },
  };
}
