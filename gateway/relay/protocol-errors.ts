import type { Outcome } from '../outcome.ts';
import { AnswerError } from '../rpc/answer-error.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';

/** What is wrong with a request, in the closed set of words that the protocol has for it; all others tell of a server's own faults. */
const protocolCodes: ReadonlySet<number> = new Set([
  rpcCodes.invalidParams,
  rpcCodes.headerMismatch,
  rpcCodes.missingCapability,
  rpcCodes.unsupportedVersion,
]);

/** Carries out a call, and what becomes of its outcome. */
interface JudgedErrors {
  readonly perform: (signal: AbortSignal) => Promise<string>;
  /** The outcome; throws the server's error where that was judged and may be read. */
  readonly settle: (outcome: Outcome) => Outcome;
}

/**
 * Has a guarded server's protocol errors judged as the response that they take the place of: whole, or not at all. Its other
 * errors stay failures, whose words nobody but the operator sees.
 */
export function judgingErrors(perform: JudgedErrors['perform']): JudgedErrors {
  let judged: AnswerError | undefined;
  return {
    perform: (signal) =>
      perform(signal).catch((error: unknown) => {
        judged = protocolErrorOf(error);
        if (judged === undefined) throw error;
        return judged.error;
      }),
    settle: (outcome) => {
      if (judged === undefined || outcome.kind !== 'result') return outcome;
      if (outcome.isChanged) return { kind: 'failed', reason: 'BACKEND_ERROR', wasCalled: true };
      throw RpcError.from(judged);
    },
  };
}

function protocolErrorOf(error: unknown): AnswerError | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof AnswerError && protocolCodes.has(cause.code) ? cause : undefined;
}
