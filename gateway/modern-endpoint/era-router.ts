import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClientEndpoint } from '../client-endpoint/client-endpoint.ts';
import { headerOf } from '../client-endpoint/request-headers.ts';
import type { Caller } from '../http/caller.ts';
import { readTextBody } from '../http/request-body.ts';
import { isModernVersion } from '../modern/modern-version.ts';
import { metaKeys, metaOf } from '../modern/request-meta.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { type RpcRequest, readMessage } from '../rpc/rpc-message.ts';
import { type ModernEndpoint, readModernBody } from './modern-endpoint.ts';

/** The two ends of one MCP server, on the same path. */
export interface Eras {
  readonly legacy: ClientEndpoint;
  readonly modern: ModernEndpoint;
}

/** Leads each request to the endpoint of the era that it is written in. */
export class EraRouter implements Disposable {
  readonly #eras: Eras;

  constructor(eras: Eras) {
    this.#eras = eras;
  }

  /** Serves one request of a caller, as both endpoints do. */
  async serve(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void> {
    const { legacy, modern } = this.#eras;
    const isSure = request.method !== 'POST' || belongsToSession(request);
    if (isSure) return (saysModern(request) ? modern : legacy).serve(request, response, caller);
    const text = await (saysModern(request) ? readModernBody(request) : readTextBody(request));
    if (isModern(request, text)) modern.serveRead(request, response, { caller, text });
    else await legacy.serveRead(request, response, { caller, text });
  }

  /** Ends all that a caller has at either endpoint, as its agent session has ended; how many there were. */
  endSessionsOf(caller: Caller): number {
    const { legacy, modern } = this.#eras;
    return legacy.endSessionsOf(caller) + modern.endSessionsOf(caller);
  }

  /** Ends both endpoints. */
  [Symbol.dispose](): void {
    this.#eras.modern[Symbol.dispose]();
    this.#eras.legacy[Symbol.dispose]();
  }
}

/**
 * Whether a POST is of the era without sessions: its header or its `_meta` says so. `initialize` without such `_meta` is
 * of the era that begins with it, whatever the header says.
 */
export function isModern(request: IncomingMessage, text: string): boolean {
  const hasMeta = saysModernWithin(text);
  return hasMeta || (saysModern(request) && !isInitialize(text));
}

function saysModern(request: IncomingMessage): boolean {
  return isModernVersion(headerOf(request, 'mcp-protocol-version'));
}

/** Whether a request goes on with a session: its messages need not be read twice. */
function belongsToSession(request: IncomingMessage): boolean {
  return headerOf(request, 'mcp-session-id') !== undefined && !saysModern(request);
}

function saysModernWithin(text: string): boolean {
  if (!text.includes(metaKeys.protocolVersion)) return false;
  return isRequestWhere(text, ({ params }) =>
    rawMembers(metaOf(params) ?? '{}').has(metaKeys.protocolVersion),
  );
}

function isInitialize(text: string): boolean {
  return text.includes('initialize') && isRequestWhere(text, ({ method }) => method === 'initialize');
}

/** Whatever cannot be read is refused by the endpoint that gets it. */
function isRequestWhere(text: string, isIt: (request: RpcRequest) => boolean): boolean {
  try {
    const message = readMessage(text);
    return message.kind === 'request' && isIt(message);
  } catch {
    return false;
  }
}
