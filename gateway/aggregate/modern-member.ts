import { withMeta } from '../modern/request-meta.ts';
import type { ModernPeer, ModernRequest } from '../modern-endpoint/modern-peer.ts';
import { withoutMembers } from '../rpc/raw-object.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import { type RpcAnswer, readMessage } from '../rpc/rpc-message.ts';
import { writeFailure, writeRequest } from '../rpc/write-message.ts';
import type { ChildRequest } from './child-session.ts';
import { readWelcome } from './read-welcome.ts';
import type { AskedServer, MemberServer, ServerWelcome } from './server-set.ts';

/** One server among others, for one request of a client without sessions: what it is asked, this client has asked. */
export class ModernMember implements MemberServer, AskedServer {
  readonly name: string;
  readonly peer: ModernPeer;
  readonly #client: ModernRequest;
  readonly #signal: AbortSignal;
  #discovering: Promise<void> | undefined;
  #welcome: ServerWelcome | undefined;
  #failure = 'it has not answered server/discover yet';

  /** `signal`: the client has gone. */
  constructor(name: string, peer: ModernPeer, of: { client: ModernRequest; signal: AbortSignal }) {
    this.name = name;
    this.peer = peer;
    this.#client = of.client;
    this.#signal = of.signal;
  }

  get welcome(): ServerWelcome | undefined {
    return this.#welcome;
  }

  get session(): AskedServer | undefined {
    return this.#welcome === undefined ? undefined : this;
  }

  get failure(): string {
    return this.#failure;
  }

  async ready(): Promise<AskedServer | undefined> {
    this.#discovering ??= this.#discover();
    await this.#discovering;
    return this.session;
  }

  /** Asks with what the client has said of itself. Whoever stands behind the server answers always. */
  request({ method, params, send, signal = this.#signal }: ChildRequest): Promise<RpcAnswer> {
    const { request, meta, caller } = this.#client;
    const answer = Promise.withResolvers<RpcAnswer>();
    // Progress is told of one request, and this is one of several.
    const own = withMeta(params, withoutMembers(meta, ['progressToken']));
    const asked = { request: writeRequest(request.id, method, own), meta, headers: {}, caller };
    const take = (text: string) => answer.resolve(readAnswer(text, request.id));
    this.peer.request(asked, { signal, notify: send, answer: take });
    return answer.promise;
  }

  async #discover(): Promise<void> {
    const asked = { method: 'server/discover', params: '{}', send: () => undefined, signal: this.#signal };
    const answer = await this.request(asked);
    if (answer.kind === 'result') this.#welcome = readWelcome(answer.result);
    if (answer.kind === 'error') this.#failure = answer.message;
  }
}

function readAnswer(text: string, id: string): RpcAnswer {
  const message = readMessage(text);
  if (message.kind === 'result' || message.kind === 'error') return message;
  return writeFailure(id, { code: rpcCodes.internalError, message: 'internal error' });
}
