import type { Caller } from '../http/caller.ts';
import type { ModernBackend } from '../modern-server/modern-backend.ts';
import type { AgentLinks } from './agent-links.ts';
import type { EraChoice } from './era-link.ts';
import { type ModernClient, ModernLink } from './modern-link.ts';
import { ModernToLegacyLink } from './modern-to-legacy-link.ts';

/** Where a request of a client without sessions may go. */
interface Ways {
  /** Where the server may be one without sessions. */
  readonly modern: ModernBackend | undefined;
  readonly agentLinks: AgentLinks;
}

/** The way for one request of a client without sessions: the server's era decides, and the client's own is free of cost. */
export function requestEra(
  client: ModernClient & { readonly caller: Caller },
  { modern, agentLinks }: Ways,
): EraChoice {
  const leases = new DisposableStack();
  return {
    choose: async (signal) => {
      if (modern !== undefined && (await modern.speaks(signal))) return new ModernLink(modern, client);
      // Nobody would give it back.
      signal.throwIfAborted();
      return new ModernToLegacyLink(leases.use(agentLinks.lease(client.caller)).session, client);
    },
    forget: () => modern?.forgetEra(),
    // What it was asked for before is answered already.
    changed: async () => undefined,
    [Symbol.asyncDispose]: async () => leases.dispose(),
  };
}
