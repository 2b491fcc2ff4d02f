import { metaKeys, metaOf } from '../modern/request-meta.ts';
import { ownParams } from '../modern-server/own-params.ts';
import { outcomeSentence } from '../outcome.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';

/**
 * The params of a `tools/list` for a server that the agent may send nothing to: nothing of the client's own, since it could
 * write anything in them. Throws what the client is told that asks for more than the first page.
 */
export function confinedParams(params: string): string {
  if (rawMembers(params).has('cursor')) {
    const outcome = { kind: 'denied', reason: 'AUDIENCE' } as const;
    const data = { 'sluice.dev/outcome': outcome.kind, 'sluice.dev/reason': outcome.reason };
    throw new RpcError(rpcCodes.internalError, outcomeSentence(outcome), data);
  }
  const isModern = rawMembers(metaOf(params) ?? '{}').has(metaKeys.protocolVersion);
  return isModern ? ownParams : '{}';
}
