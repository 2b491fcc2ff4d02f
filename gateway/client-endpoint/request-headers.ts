import type { IncomingMessage } from 'node:http';
import { RpcHttpError } from '../http/http-error.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';

/** Whether an answer may be JSON. Throws 406 for a client that takes no streams: any answer may become one. */
export function expectAcceptedStream({ headers: { accept } }: IncomingMessage): { mayBeJson: boolean } {
  if (accepts(accept, 'text/event-stream')) return { mayBeJson: accepts(accept, 'application/json') };
  throw new RpcHttpError(
    406,
    rpcCodes.invalidRequest,
    'answers may be streams of events: send "Accept: application/json, text/event-stream"',
  );
}

/** Throws 415 for a body that says it is something else than JSON. */
export function expectJson({ headers }: IncomingMessage): void {
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1);
  if (type.trim().toLowerCase() === 'application/json') return;
  throw new RpcHttpError(
    415,
    rpcCodes.invalidRequest,
    'messages are JSON: send "Content-Type: application/json"',
  );
}

/** The one value of a header; nothing where it is missing or empty. */
export function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return value === undefined || value === '' ? undefined : String(value);
}

function accepts(accept = '', type: string): boolean {
  const [group] = type.split('/', 1);
  return accept.split(',').some((range) => {
    const [name, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const isMeant = name === type || name === `${group}/*` || name === '*/*';
    return isMeant && !parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter));
  });
}
