// MCP's Streamable HTTP for clients of 2026-07-28, which has no sessions: each POST is a whole request, and nothing is
// remembered between two. It carries messages as their texts, and knows nothing of what is in them beyond `_meta`.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReadBody } from '../client-endpoint/client-endpoint.ts';
import { expectAcceptedStream, expectJson } from '../client-endpoint/request-headers.ts';
import type { Caller } from '../http/caller.ts';
import { readTextBody } from '../http/request-body.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { type RpcNotification, type RpcRequest, readMessage } from '../rpc/rpc-message.ts';
import { expectNotification, expectRequest, paramHeadersOf } from './expect-request.ts';
import { type ModernLimits, modernLimits } from './modern-limits.ts';
import type { ModernPeer } from './modern-peer.ts';
import { ModernRefusal, refusingAs } from './modern-refusal.ts';
import { ModernReply } from './modern-reply.ts';
import { OpenReplies } from './open-replies.ts';

/** One MCP server as clients of this era see it. */
export class ModernEndpoint implements Disposable {
  readonly #peer: ModernPeer;
  readonly #limits: ModernLimits;
  readonly #replies: OpenReplies;

  constructor(peer: ModernPeer, limits: ModernLimits = modernLimits) {
    this.#peer = peer;
    this.#limits = limits;
    this.#replies = new OpenReplies(limits);
  }

  /** Requests that wait for their answers, or listen, now. */
  get openRequests(): number {
    return this.#replies.size;
  }

  /**
   * Serves one request of a caller; its answer may come later. Throws an HttpError for what is refused, and what Node
   * throws when the client breaks off while it sends.
   */
  async serve(request: IncomingMessage, response: ServerResponse, caller: Caller): Promise<void> {
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      throw new ModernRefusal(
        { status: 405, code: rpcCodes.invalidRequest },
        'this revision knows POST only: send messages with POST, and subscriptions/listen for notifications',
      );
    }
    this.serveRead(request, response, { caller, text: await readModernBody(request) });
  }

  /** The same for a POST whose body has been read. */
  serveRead(request: IncomingMessage, response: ServerResponse, { caller, text }: ReadBody): void {
    const message = readClientMessage(text);
    const id = message.kind === 'request' ? message.id : undefined;
    const { mayBeJson } = refusingAs(id, () => {
      expectJson(request);
      return expectAcceptedStream(request);
    });
    if (message.kind === 'request') {
      this.#ask(message, { request, response, caller, mayBeJson });
    } else {
      // This era has no notification of a client's that says anything: it cancels by closing its connection.
      expectNotification(message, request.headers);
      response.writeHead(202).end();
    }
  }

  /** Ends all open requests of a caller, whose agent session has ended; how many there were. */
  endSessionsOf(caller: Caller): number {
    return this.#replies.closeAllOf(caller);
  }

  /** Ends all requests that are open. */
  [Symbol.dispose](): void {
    this.#replies[Symbol.dispose]();
  }

  #ask(message: RpcRequest, { request, response, caller, mayBeJson }: Arrival): void {
    const { id } = message;
    const { meta, headers } = refusingAs(id, () => ({
      meta: expectRequest(message, request.headers),
      headers: paramHeadersOf(message, request.headers),
    }));
    const complaint = this.#replies.crowded(caller.principal);
    if (complaint !== undefined)
      throw new ModernRefusal({ status: 429, code: rpcCodes.invalidRequest }, complaint, id);
    // The client may have left while its body was read: then nothing tells of that any more.
    if (response.destroyed) return;
    const reply = new ModernReply(response, { id, mayBeJson, maxUnsentBytes: this.#limits.maxUnsentBytes });
    this.#replies.add(caller, reply);
    response.on('close', () => this.#replies.remove(caller, reply));
    this.#peer.request({ request: message, meta, headers, caller }, reply);
  }
}

/** A POST with a request, as far as its answer depends on it. */
interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
  readonly mayBeJson: boolean;
}

/** The text of a request of this era. Rejects with a ModernRefusal for what is too large or no UTF-8. */
export async function readModernBody(request: IncomingMessage): Promise<string> {
  return readTextBody(request).catch((error) => {
    throw ModernRefusal.from(error);
  });
}

/** Reads what a client may send. Throws a ModernRefusal for what is no message, and for answers: nobody asked it. */
function readClientMessage(text: string): RpcRequest | RpcNotification {
  const message = refusingAs(undefined, () => readMessage(text));
  if (message.kind === 'request' || message.kind === 'notification') return message;
  const advice = 'this revision has no answers of clients: send them as inputResponses of the request';
  throw ModernRefusal.invalid(advice);
}
