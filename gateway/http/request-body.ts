import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { RpcHttpError } from './http-error.ts';

/** Largest message of a client: a guard takes 8 MiB, so nothing larger could be judged. */
export const maxBodyBytes = 8 * 1024 * 1024;

/**
 * The text of a request. Rejects with an RpcHttpError for what is too large or no UTF-8, and with Node's error when the
 * client breaks off.
 */
export function readTextBody(request: IncomingMessage): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not `for await`, which costs more than all the rest of a small request.
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
    else reject(tooLarge());
  });
  request.on('end', () => {
    const [first = Buffer.alloc(0), ...others] = chunks;
    const body = others.length === 0 ? first : Buffer.concat(chunks);
    if (isUtf8(body)) resolve(body.toString('utf8').replace(/^\ufeff/, ''));
    else reject(new RpcHttpError(400, rpcCodes.parseError, 'the body is no UTF-8: send JSON in UTF-8'));
  });
  request.on('error', reject);
  if (Number(request.headers['content-length']) > maxBodyBytes) reject(tooLarge());
  return promise;
}

/** What is still to come is read and thrown away: many clients look at the answer only when they have sent it all. */
function tooLarge(): RpcHttpError {
  const advice = `a message may have ${maxBodyBytes} bytes at most: send less at once`;
  return new RpcHttpError(413, rpcCodes.invalidRequest, advice);
}
