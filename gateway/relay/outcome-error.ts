import { type Outcome, outcomeKeys, outcomeSentence } from '../outcome.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';

/**
 * What a client is told that asked for something else than a tool call and does not get it: the words and the codes of the
 * same outcome of a tool call. `further` is added to the error's `data`.
 */
export function outcomeError(
  outcome: Exclude<Outcome, { kind: 'result' }>,
  further: Readonly<Record<string, string>> = {},
): RpcError {
  const data = { [outcomeKeys.outcome]: outcome.kind, [outcomeKeys.reason]: outcome.reason, ...further };
  return new RpcError(rpcCodes.internalError, outcomeSentence(outcome), data);
}
