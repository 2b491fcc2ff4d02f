import { GatewayError } from '../gateway-error.ts';
import { AnswerError } from '../rpc/answer-error.ts';
import { RpcMessageError } from '../rpc/rpc-message-error.ts';
import { saidOf } from '../said-of.ts';
import { TransportError } from '../server-transport/transport-error.ts';
import { wordsOf } from '../words-of.ts';

/** Why a request to a server failed: BACKEND_ERROR where it has answered, with whatever, else BACKEND_UNAVAILABLE. */
export function backendFailure(name: string, cause: unknown): GatewayError {
  const code = isAnswer(cause) ? 'BACKEND_ERROR' : 'BACKEND_UNAVAILABLE';
  const summary = `${name}: ${saidOf(cause).words}`;
  return new GatewayError(code, `${name}: ${wordsOf(cause)}`, { cause, summary });
}

/** Why there is no connection to a server. */
export function unreachable(name: string, cause: unknown): GatewayError {
  const summary = `${name} cannot be reached: ${saidOf(cause).words}`;
  const message = `${name} cannot be reached: ${wordsOf(cause)}`;
  return new GatewayError('BACKEND_UNAVAILABLE', message, { cause, summary });
}

/** Guards and clients are given the text as it is: what no parser would read must not reach them. */
export function expectJson(text: string): string {
  JSON.parse(text);
  return text;
}

/** The server has answered: with a JSON-RPC error, or with what is no JSON-RPC at all, or is too large. */
function isAnswer(error: unknown): boolean {
  if (error instanceof TransportError) return error.code === 'MALFORMED' || error.code === 'TOO_LARGE';
  return error instanceof AnswerError || error instanceof RpcMessageError || error instanceof SyntaxError;
}
