import type { IncomingMessage } from 'node:http';
import { RpcHttpError } from './http-error.ts';
import { rpcCodes } from './rpc-error.ts';

/** Largest body: a guard takes 8 MiB, so nothing larger could be judged. */
const maxBodyBytes = 8 * 1024 * 1024;

/** The JSON of a request. Throws an RpcHttpError for what is too large or no JSON. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) {
      throw new RpcHttpError(
        413,
        rpcCodes.invalidRequest,
        `a message may have ${maxBodyBytes} bytes at most: send less at once`,
      );
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new RpcHttpError(
      400,
      rpcCodes.parseError,
      'the body is no JSON: send one JSON-RPC message in UTF-8',
    );
  }
}
