import type { RpcFailure } from './rpc-message.ts';

/** The JSON-RPC error that a server answered with. Its words are the server's own. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly code: number;
  /** The JSON of the error as the server spelled it. */
  readonly error: string;
  /** The HTTP status that the server chose for it, where that has a meaning. */
  readonly status: number | undefined;

  constructor({ code, message, error }: Pick<RpcFailure, 'code' | 'message' | 'error'>, status?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.error = error;
  }
}
