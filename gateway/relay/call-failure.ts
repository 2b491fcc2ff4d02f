import { asGatewayError, GatewayError } from '../gateway-error.ts';
import type { GuardedServer } from '../guarded-server.ts';
import type { Log } from '../log.ts';
import { ResponseError } from '../response/response-error.ts';
import { AnswerError } from '../rpc/answer-error.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import { faultOf, saidOf } from '../said-of.ts';

/** Work that failed. */
export interface FailedWork {
  readonly server: GuardedServer;
  /** The client's. */
  readonly signal: AbortSignal;
  /** The same, with the time that the work may take. */
  readonly limited: AbortSignal;
}

/** Why a call failed. Throws what is no failure but the client's: an unknown tool, a noop server's own error. */
export function asFailure(error: unknown, { server: { config }, signal, limited }: FailedWork): GatewayError {
  if (signal.aborted) return new GatewayError('CANCELLED', 'the client cancelled the call');
  if (error === limited.reason)
    return new GatewayError('DEADLINE_EXCEEDED', `the call did not end within ${config.toolTimeoutMs} ms`);
  if (error instanceof RpcError) throw error;
  if (error instanceof ResponseError)
    return new GatewayError(error.reason, error.message, { cause: error, summary: saidOf(error).words });
  const failure = asGatewayError(error);
  const { code, cause } = failure;
  if (config.guard.kind === 'noop' && code === 'BACKEND_ERROR' && cause instanceof AnswerError)
    throw RpcError.from(cause);
  return failure;
}

/** Writes down why a call failed; the agent is told no more than the code. */
export function noteFailure(
  subject: string,
  failure: GatewayError,
  { server, log }: { server: GuardedServer; log: Log },
): GatewayError {
  const { code } = failure;
  const { words, fields } = saidOf(failure);
  const names = { server: server.config.name, tool: subject, reason: code };
  // That a client has taken back what it asked for is nothing that went wrong.
  log.write(code === 'CANCELLED' ? 'info' : 'warn', `${subject}: ${words}`, { ...names, ...fields });
  if (code === 'INTERNAL') log.write('error', 'internal error', faultOf(failure.cause));
  return failure;
}
