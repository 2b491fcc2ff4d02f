import { metaKeys, metaOf } from '../modern/request-meta.ts';
import { ownParams } from '../modern-server/own-params.ts';
import { outcomeError } from '../relay/outcome-error.ts';
import { rawMembers } from '../rpc/raw-json.ts';

/**
 * The params of a `tools/list` for a server that the agent may send nothing to: nothing of the client's own, since it could
 * write anything in them. Throws what the client is told that asks for more than the first page.
 */
export function confinedParams(params: string): string {
  if (rawMembers(params).has('cursor')) {
    throw outcomeError({ kind: 'denied', reason: 'AUDIENCE' });
  }
  const isModern = rawMembers(metaOf(params) ?? '{}').has(metaKeys.protocolVersion);
  return isModern ? ownParams : '{}';
}
