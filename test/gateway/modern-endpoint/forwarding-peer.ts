import { withSubscription } from '../../../gateway/modern/request-meta.ts';
import type {
  ModernExchange,
  ModernPeer,
  ModernRequest,
} from '../../../gateway/modern-endpoint/modern-peer.ts';
import type { ModernServer } from '../../../gateway/modern-server/modern-server.ts';
import { AnswerError } from '../../../gateway/rpc/answer-error.ts';
import type { RpcNotification } from '../../../gateway/rpc/rpc-message.ts';
import {
  writeFailure,
  writeNotification,
  writeRawFailure,
  writeResult,
} from '../../../gateway/rpc/write-message.ts';

/** A peer that judges nothing: each request goes to the server behind it, and what comes goes back. */
export class ForwardingPeer implements ModernPeer {
  readonly #server: ModernServer;

  constructor(server: ModernServer) {
    this.#server = server;
  }

  request(request: ModernRequest, exchange: ModernExchange): void {
    void this.#forward(request, exchange);
  }

  async #forward({ request, headers }: ModernRequest, exchange: ModernExchange): Promise<void> {
    const { id, method, params = '{}' } = request;
    const listener = {
      notification: (notification: RpcNotification) => exchange.notify(forClient(notification, id)),
    };
    try {
      const result = await this.#server.request({ method, params, headers }, listener, exchange.signal);
      exchange.answer(writeResult(id, withSubscription(result, id)).text);
    } catch (error) {
      if (error instanceof AnswerError)
        exchange.answer(writeRawFailure(id, error.error, error).text, error.status);
      else exchange.answer(writeFailure(id, { code: -32_603, message: String(error) }).text);
    }
  }
}

function forClient({ method, params, text }: RpcNotification, id: string): string {
  if (params === undefined) return text;
  const own = withSubscription(params, id);
  return own === params ? text : writeNotification(method, own).text;
}
