import type { RpcAnswer } from '../rpc/rpc-message.ts';
import type { ChildRequest } from './child-session.ts';

/** What a server said of itself. */
export interface ServerWelcome {
  /** The JSON of each capability, by its name. */
  readonly capabilities: ReadonlyMap<string, string>;
  readonly instructions: string | undefined;
}

/** Whoever answers for one server. */
export interface AskedServer {
  /** Asks the server; nothing where there will be no answer: it was cancelled, or the session has ended. Never rejects. */
  request(request: ChildRequest): Promise<RpcAnswer | undefined>;
}

/** One server among others. */
export interface MemberServer {
  readonly name: string;
  /** What it offers; nothing before it has said so. */
  readonly welcome: ServerWelcome | undefined;
  /** Who answers for it, once it has said what it offers. */
  readonly session: AskedServer | undefined;
  /** Why it has none, as a part of a sentence. */
  readonly failure: string;
  /** The same, begun where there is none; nothing where that fails or takes too long. */
  ready(): Promise<AskedServer | undefined>;
}

/** The servers that are one for a client, in the order of the configuration. */
export class ServerSet<Server extends MemberServer = MemberServer> {
  readonly #servers: ReadonlyMap<string, Server>;

  constructor(servers: Iterable<Server>) {
    this.#servers = new Map(Array.from(servers, (server) => [server.name, server]));
  }

  get all(): readonly Server[] {
    return [...this.#servers.values()];
  }

  find(name: string): Server | undefined {
    return this.#servers.get(name);
  }

  /** Begins with all that are not there; settles when each has answered, has failed, or has had its time. */
  async gather(): Promise<void> {
    await Promise.all(this.all.map((server) => server.ready()));
  }

  /** Those that are there and offer something. */
  offering(capability: string): readonly Server[] {
    return this.all.filter(({ welcome }) => welcome?.capabilities.has(capability));
  }

  /** Those that are not there. */
  get missing(): readonly Server[] {
    return this.all.filter(({ session }) => session === undefined);
  }
}
