import type {
  Exchange,
  PeerSession,
  SessionEnd,
  SessionPeer,
} from '../../../gateway/client-endpoint/session-peer.ts';
import type { RpcMessage, RpcRequest } from '../../../gateway/rpc/rpc-message.ts';
import { writeResult } from '../../../gateway/rpc/write-message.ts';

/** What a peer does with a request; with nothing for its method, the test answers. */
export type Script = Readonly<Record<string, (asked: Asked) => void>>;

/** A request that a peer was sent. */
export interface Asked {
  readonly request: RpcRequest;
  readonly exchange: Exchange;
}

/** A peer that does what a test says. It answers `initialize` by itself. */
export class ScriptedPeer implements SessionPeer {
  readonly session: PeerSession;
  readonly #script: Script;
  readonly requests: Asked[] = [];
  readonly received: Exclude<RpcMessage, RpcRequest>[] = [];
  end: SessionEnd | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(session: PeerSession, script: Script = {}) {
    this.session = session;
    this.#script = { initialize: (asked) => this.#welcome(asked), ...script };
  }

  request(request: RpcRequest, exchange: Exchange): void {
    const asked = { request, exchange };
    this.requests.push(asked);
    this.#script[request.method]?.(asked);
    this.#change();
  }

  receive(message: Exclude<RpcMessage, RpcRequest>): void {
    this.received.push(message);
    this.#change();
  }

  close(reason: SessionEnd): void {
    this.end = reason;
    this.#change();
  }

  /** Waits for the request of a method, the first or a later one. */
  async asked(method: string, count = 1): Promise<Asked> {
    for (;;) {
      const asked = this.requests.filter(({ request }) => request.method === method)[count - 1];
      if (asked !== undefined) return asked;
      await this.#changed.promise;
    }
  }

  /** Waits until so many messages that are no requests have come; the last of them. */
  async got(count: number): Promise<RpcMessage> {
    for (;;) {
      const message = this.received[count - 1];
      if (message !== undefined) return message;
      await this.#changed.promise;
    }
  }

  #welcome({ request, exchange }: Asked): void {
    const result = {
      protocolVersion: this.session.protocolVersion,
      capabilities: { tools: {}, logging: {} },
      serverInfo: { name: 'scripted', version: '1' },
    };
    exchange.answer(writeResult(request.id, JSON.stringify(result)).text);
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** Answers with a result. */
export function answer({ request, exchange }: Asked, result: object): void {
  exchange.answer(writeResult(request.id, JSON.stringify(result)).text);
}

/** The JSON of a notification. */
export function notification(method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}
