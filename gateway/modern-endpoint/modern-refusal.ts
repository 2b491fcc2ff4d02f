import type { ServerResponse } from 'node:http';
import { HttpError, RpcHttpError } from '../http/http-error.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { RpcMessageError } from '../rpc/rpc-message-error.ts';

/** What is refused: a JSON-RPC error, and the HTTP status that goes with it. */
interface RefusalParts {
  readonly status: number;
  readonly code: number;
  /** JSON. */
  readonly data?: string | undefined;
}

/** A request that is refused in the words of this era: the id of the request, or none, but never null. */
export class ModernRefusal extends HttpError {
  readonly rpcCode: number;
  readonly data: string | undefined;
  readonly id: string | undefined;

  /** `id` is the JSON of the request's. */
  constructor({ status, code, data }: RefusalParts, message: string, id?: string) {
    super(status, 'rpc', message);
    this.rpcCode = code;
    this.data = data;
    this.id = id;
  }

  /** The same of an error that knows nothing of this era; all others as they are. `id` is of the request, if known. */
  static from(error: unknown, id?: string): unknown {
    if (error instanceof RpcHttpError)
      return new ModernRefusal({ status: error.status, code: error.rpcCode }, error.message, id);
    if (error instanceof RpcMessageError)
      return new ModernRefusal(
        { status: 400, code: error.code },
        `send one JSON-RPC message: ${error.message}`,
        id ?? error.id,
      );
    return error;
  }

  /** The refusal of a message that is none, or none that clients may send. */
  static invalid(sentence: string, id?: string): ModernRefusal {
    return new ModernRefusal({ status: 400, code: rpcCodes.invalidRequest }, sentence, id);
  }

  override send(response: ServerResponse): void {
    const id = this.id === undefined ? '' : `"id":${this.id},`;
    const data = this.data === undefined ? '' : `,"data":${this.data}`;
    const error = `{"code":${this.rpcCode},"message":${JSON.stringify(this.message)}${data}}`;
    response.writeHead(this.status, { 'content-type': 'application/json' });
    response.end(`{"jsonrpc":"2.0",${id}"error":${error}}`);
  }
}

/** Runs a check, whose refusals get the id of the request. */
export function refusingAs<T>(id: string | undefined, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw ModernRefusal.from(error, id);
  }
}
