import { GatewayError } from '../gateway-error.ts';
import { AnswerError } from '../rpc/answer-error.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { TransportError } from '../server-transport/transport-error.ts';

/** Statuses by which a server, or what stands before it, turns one request away: they tell nothing of an era. */
const refusals: ReadonlySet<number> = new Set([401, 403, 407, 408, 429]);

/** Errors that only servers of 2026-07-28 send, or that tell what is wrong with one request. */
const certain: ReadonlySet<number> = new Set([
  rpcCodes.invalidParams,
  rpcCodes.headerMismatch,
  rpcCodes.missingCapability,
]);

/**
 * Whether a failed request may have met a server of the other era than was found: one that went away may come back as
 * another, and one that refuses what its era has to understand is another already. Asking it once more costs one request.
 */
export function mayBeOfOtherEra(error: unknown): boolean {
  const cause = error instanceof GatewayError ? error.cause : error;
  if (cause instanceof AnswerError) return (cause.status ?? 200) >= 400 && !certain.has(cause.code);
  return cause instanceof TransportError && cause.code !== 'TOO_LARGE' && !refusals.has(cause.status ?? 0);
}
