import type { CallContext, ServerLink } from '../backend/server-link.ts';
import type { Caller } from '../http/caller.ts';

/** A request of a client's for its server. */
export interface ClientRequest {
  readonly method: string;
  /** The JSON of an object in which no member comes twice. */
  readonly params: string;
  readonly caller: Caller;
  /** The way to the server. */
  readonly link: ServerLink;
  /** Where the server's messages go that belong to it; undefined: nowhere. */
  readonly context?: Omit<CallContext, 'progressed' | 'wait'>;
  /** `Mcp-Param-…` headers, which repeat arguments. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether a list that may not be had is an error that says why, rather than an empty one. */
  readonly isRefusalTold?: boolean;
}
