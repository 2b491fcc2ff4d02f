import type { OpenPeer, PeerSession, SessionEnd } from '../client-endpoint/session-peer.ts';
import { HttpError } from '../http/http-error.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import type { RpcAnswer } from '../rpc/rpc-message.ts';
import { writeFailure } from '../rpc/write-message.ts';
import { timeLimit } from '../time-limit.ts';
import { until } from '../until.ts';
import { ChildSession, type Said } from './child-session.ts';
import { readWelcome } from './read-welcome.ts';
import type { MemberServer, ServerWelcome } from './server-set.ts';

/** How long a client waits for one server's answer to `initialize`, in milliseconds: the others are there already. */
const patienceMs = 5_000;

/** What one client session needs to have a server among others. */
export interface ServerParts {
  readonly client: PeerSession;
  readonly openPeer: OpenPeer;
  /** The JSON of the params of the client's own `initialize`. */
  readonly hello: string | undefined;
  readonly said: Said;
  /** It has answered `initialize`, in time or not. */
  readonly arrived: (server: AggregatedServer) => void;
}

/** One server behind an aggregated session: one that fails is tried again when it is needed, one that is slow may come later. */
export class AggregatedServer implements MemberServer {
  readonly name: string;
  readonly #parts: ServerParts;
  #session: ChildSession | undefined;
  #welcome: ServerWelcome | undefined;
  #failure = 'it has not answered initialize yet';
  #opening: Promise<void> | undefined;
  #hasEnded = false;

  constructor(name: string, parts: ServerParts) {
    this.name = name;
    this.#parts = parts;
  }

  /** What it offers; nothing before it has answered `initialize`. */
  get welcome(): ServerWelcome | undefined {
    return this.#welcome;
  }

  /** Its session, once it has answered `initialize`. */
  get session(): ChildSession | undefined {
    return this.#welcome === undefined ? undefined : this.#session;
  }

  /** Why it has none, as a part of a sentence. */
  get failure(): string {
    return this.#failure;
  }

  /** Its session, begun where there is none; nothing where that fails or takes too long. */
  async ready(): Promise<ChildSession | undefined> {
    if (this.#welcome === undefined && !this.#hasEnded) {
      this.#opening ??= this.#open();
      await this.#opening;
    }
    return this.session;
  }

  close(reason: SessionEnd): void {
    this.#hasEnded = true;
    this.#session?.close(reason);
  }

  /** Settles when it has answered, has failed, or has had its time; nobody waits a second time for one that is slow. */
  async #open(): Promise<void> {
    using limit = timeLimit(patienceMs, new AbortController().signal);
    await until(this.#initialize(), limit.signal).catch(() => undefined);
  }

  async #initialize(): Promise<void> {
    const answer = await this.#greet();
    const welcome = answer?.kind === 'result' ? readWelcome(answer.result) : undefined;
    if (welcome === undefined) return this.#fail(answer);
    this.#welcome = welcome;
    this.#parts.arrived(this);
  }

  async #greet(): Promise<RpcAnswer | undefined> {
    const { client, openPeer, hello, said } = this.#parts;
    this.#failure = 'it has not answered initialize yet';
    try {
      const session = new ChildSession(client, openPeer, said);
      this.#session = session;
      return await session.request({
        method: 'initialize',
        params: hello,
        send: (text) => client.send(text),
      });
    } catch (error) {
      const message = error instanceof HttpError ? error.message : 'it cannot be opened';
      return writeFailure(undefined, { code: rpcCodes.internalError, message });
    }
  }

  /** What comes next begins again. */
  #fail(answer: RpcAnswer | undefined): void {
    this.#failure = answer?.kind === 'error' ? answer.message : 'it gave no answer to initialize';
    this.#session?.close('refused');
    this.#session = undefined;
    this.#opening = undefined;
  }
}
