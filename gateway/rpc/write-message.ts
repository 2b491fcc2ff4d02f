// Writes messages from parts that are JSON already. What is written is what it says: an `id`, `params`, `result` or
// `error` must be JSON, since nobody checks them again.

import type { RpcFailure, RpcNotification, RpcRequest, RpcResult } from './rpc-message.ts';

/** A request. `id` and `params` are JSON, `params` of an object. */
export function writeRequest(id: string, method: string, params?: string): RpcRequest {
  const text = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)}${paramsMember(params)}}`;
  return { kind: 'request', text, id, method, params };
}

/** A notification. `params` is the JSON of an object. */
export function writeNotification(method: string, params?: string): RpcNotification {
  const text = `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${paramsMember(params)}}`;
  return { kind: 'notification', text, method, params };
}

/** The answer to a request. `id` and `result` are JSON. */
export function writeResult(id: string, result: string): RpcResult {
  return { kind: 'result', text: `{"jsonrpc":"2.0","id":${id},"result":${result}}`, id, result };
}

/** The error that a request ends with; `data` is JSON. Without an id where the request had none that could be read. */
export function writeFailure(
  id: string | undefined,
  { code, message, data }: { readonly code: number; readonly message: string; readonly data?: string },
): RpcFailure {
  const dataMember = data === undefined ? '' : `,"data":${data}`;
  return writeRawFailure(id, `{"code":${code},"message":${JSON.stringify(message)}${dataMember}}`, {
    code,
    message,
  });
}

/** The same with an error that is JSON, such as another's. */
export function writeRawFailure(
  id: string | undefined,
  error: string,
  { code, message }: { readonly code: number; readonly message: string },
): RpcFailure {
  const text = `{"jsonrpc":"2.0","id":${id ?? 'null'},"error":${error}}`;
  return { kind: 'error', text, id, error, code, message };
}

function paramsMember(params: string | undefined): string {
  return params === undefined ? '' : `,"params":${params}`;
}
