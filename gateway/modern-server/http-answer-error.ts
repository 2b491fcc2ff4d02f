import { AnswerError } from '../rpc/answer-error.ts';
import type { RpcFailure } from '../rpc/rpc-message.ts';

/** The JSON-RPC error that a server answered with, and the HTTP status that it chose for it. */
export class HttpAnswerError extends AnswerError {
  readonly status: number;

  constructor(failure: Pick<RpcFailure, 'code' | 'message' | 'error'>, status: number) {
    super(failure);
    this.status = status;
  }
}
