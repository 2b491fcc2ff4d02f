import type { Log } from '../log.ts';
import { faultOf } from '../said-of.ts';
import { RpcError, rpcCodes } from './rpc-error.ts';

/** The error that a client is answered with. `data` is JSON; `status` is the HTTP status that a server chose, if one did. */
export interface ClientFailure {
  readonly code: number;
  readonly message: string;
  readonly data?: string;
  readonly status?: number;
}

/** What a client is told of an error: the words of one that is meant for it, and of any other nothing but that there was one. */
export function clientFailure(error: unknown, log: Log): ClientFailure {
  if (error instanceof RpcError) {
    const { code, message, data, status } = error;
    return {
      code,
      message,
      ...(data !== undefined && { data: JSON.stringify(data) }),
      ...(status !== undefined && { status }),
    };
  }
  log.write('error', 'internal error', faultOf(error));
  return internalFailure;
}

/** An error of which nothing is told. */
export const internalFailure: ClientFailure = { code: rpcCodes.internalError, message: 'internal error' };
