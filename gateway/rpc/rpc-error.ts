import { parseLossless } from '../lossless-json.ts';
import type { AnswerError } from './answer-error.ts';

/** JSON-RPC's and MCP's codes, as far as they are used here. */
export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  noSession: -32000,
  unknownSession: -32001,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const;

/** A JSON-RPC error for the client. Unlike the SDK's, its message is sent as it is. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;
  /** The HTTP status that a server chose for it; undefined: the code's own. */
  readonly status: number | undefined;

  constructor(code: number, message: string, data?: unknown, status?: number) {
    super(message);
    this.code = code;
    this.data = data;
    this.status = status;
  }

  /** The error that a server sent, in its own words. */
  static from({ code, message, error, status }: AnswerError): RpcError {
    const parsed = parseLossless(error);
    const data = typeof parsed === 'object' && parsed !== null && 'data' in parsed ? parsed.data : undefined;
    return new RpcError(code, message, data, status);
  }
}
