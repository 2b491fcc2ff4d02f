import type {
  ModernExchange,
  ModernPeer,
  ModernRequest,
} from '../../../gateway/modern-endpoint/modern-peer.ts';
import { writeResult } from '../../../gateway/rpc/write-message.ts';

/** A request that the peer was sent. */
export interface Asked extends ModernRequest {
  readonly exchange: ModernExchange;
}

/** A peer that does what a test says; without a script the test answers. */
export class ScriptedModernPeer implements ModernPeer {
  readonly requests: Asked[] = [];
  readonly #script: (asked: Asked) => void;
  #changed = Promise.withResolvers<void>();

  constructor(script: (asked: Asked) => void = () => undefined) {
    this.#script = script;
  }

  request(request: ModernRequest, exchange: ModernExchange): void {
    const asked = { ...request, exchange };
    this.requests.push(asked);
    this.#script(asked);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Waits for the request of a number, from 1 on. */
  async asked(number = 1): Promise<Asked> {
    for (;;) {
      const asked = this.requests[number - 1];
      if (asked !== undefined) return asked;
      await this.#changed.promise;
    }
  }
}

/** Answers with a result. */
export function complete({ request, exchange }: Asked, result = '{"resultType":"complete"}'): void {
  exchange.answer(writeResult(request.id, result).text);
}
