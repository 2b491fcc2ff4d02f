import type { IncomingMessage } from 'node:http';
import { RpcHttpError } from './http-error.ts';
import { parseLossless } from './lossless-json.ts';
import { rpcCodes } from './rpc-error.ts';

/** Largest body: a guard takes 8 MiB, so nothing larger could be judged. */
const maxBodyBytes = 8 * 1024 * 1024;

/** The JSON of a request. Throws an RpcHttpError for what is too large or no JSON. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  if (Number(request.headers['content-length']) > maxBodyBytes) throw tooLarge(request);
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A request that is destroyed takes its connection with it, and the refusal would not arrive.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) break;
    chunks.push(chunk);
  }
  if (bytes > maxBodyBytes) throw tooLarge(request);
  try {
    return parseLossless(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new RpcHttpError(
      400,
      rpcCodes.parseError,
      'the body is no JSON: send one JSON-RPC message in UTF-8',
    );
  }
}

/** What is still to come is read and thrown away: many clients look at the answer only when they have sent it all. */
function tooLarge(request: IncomingMessage): RpcHttpError {
  request.resume();
  const advice = `a message may have ${maxBodyBytes} bytes at most: send less at once`;
  return new RpcHttpError(413, rpcCodes.invalidRequest, advice);
}
