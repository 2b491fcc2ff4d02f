import type { AgentSessions } from '../agent/agent-sessions.ts';
import type { BackendClient } from '../backend/backend.ts';
import type { ServerLink } from '../backend/server-link.ts';
import type { PeerSession } from '../client-endpoint/session-peer.ts';
import { confinedParams } from '../eras/confined-params.ts';
import type { ModernClient } from '../eras/modern-link.ts';
import type { ModernOffer } from '../eras/modern-server-peer.ts';
import type { GuardedServer } from '../guarded-server.ts';
import type { Caller } from '../http/caller.ts';
import { ownMeta } from '../modern-server/own-params.ts';
import { outsideAudience } from '../monitor/audience.ts';
import type { Outcome } from '../outcome.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import { clientHello } from './client-hello.ts';
import type { ClientRequest } from './client-request.ts';
import type { ToolJudging } from './judged-work.ts';
import { MessageJudge } from './message-judge.ts';
import { RequestCaller } from './request-caller.ts';
import { ServerMessages } from './server-messages.ts';
import type { ServerOffer } from './server-peer.ts';
import { ToolCaller, type ToolRequest } from './tool-caller.ts';
import { ToolLister } from './tool-lister.ts';
import { Welcome } from './welcome.ts';

/** What has no meaning over a connection that is shared. */
const perClient = new Set(['logging/setLevel', 'resources/subscribe', 'resources/unsubscribe']);

/** One guarded server as its clients' sessions see it: everything that passes is judged. */
export class GuardedOffer implements Omit<ServerOffer & ModernOffer, 'messages'> {
  readonly server: GuardedServer;
  readonly #agents: AgentSessions;
  readonly #judging: ToolJudging;
  readonly #judge: MessageJudge;
  readonly #welcome: Welcome;
  readonly #lister: ToolLister;
  readonly #tools: ToolCaller;
  readonly #requests: RequestCaller;

  constructor(server: GuardedServer, agents: AgentSessions, judging: ToolJudging) {
    this.server = server;
    this.#agents = agents;
    this.#judging = judging;
    this.#judge = new MessageJudge(agents, judging);
    this.#welcome = new Welcome(agents, judging);
    this.#lister = new ToolLister(agents, judging);
    this.#tools = new ToolCaller(agents, judging);
    this.#requests = new RequestCaller(agents, judging);
  }

  get isGuarded(): boolean {
    return this.server.config.guard.kind !== 'noop';
  }

  get serverName(): string {
    return this.server.config.name;
  }

  openLink(client: BackendClient): ServerLink {
    return this.server.openLink(client);
  }

  hello(params: string, { caller, protocolVersion }: PeerSession): string {
    return clientHello(params, { protocolVersion, isConfined: this.#isConfined(caller) });
  }

  /** `server` is whichever server stands behind the session by the time of a message. */
  messages(
    session: PeerSession,
    { bareParams, server }: { bareParams: string | undefined; server: () => GuardedServer },
  ): ServerMessages {
    const parts = { session, server, judge: this.#judge, log: this.#judging.log };
    return new ServerMessages({ ...parts, ...(bareParams && { bareParams }) });
  }

  openModernLink(client: ModernClient & { caller: Caller }): ServerLink {
    // What it says of itself goes along where nothing is judged: with what finds out which tools there are.
    const { meta } = this.#isConfined(client.caller) ? { meta: ownMeta } : client;
    return this.server.openModernLink({ ...client, meta });
  }

  listen(request: ClientRequest, signal: AbortSignal): Promise<string> {
    return this.#requests.request(this.server, { ...request, isEndless: true }, signal);
  }

  async refusedAnswer(
    params: string,
    caller: Caller,
    signal: AbortSignal,
  ): Promise<Exclude<Outcome, { kind: 'result' }> | undefined> {
    const message = { name: 'input_required/response', params };
    const outcome = await this.#judge.judgeWrite(this.server, { message, caller }, signal);
    if (outcome.kind === 'result') return undefined;
    // Nothing was sent to the server yet.
    return outcome.kind === 'failed' ? { ...outcome, wasCalled: false } : outcome;
  }

  welcome(request: ClientRequest, signal: AbortSignal): Promise<string | undefined> {
    return this.#welcome.of(this.server, request, signal);
  }

  async listTools(request: ClientRequest, signal: AbortSignal): Promise<string> {
    if (!this.#isConfined(request.caller)) return this.#lister.list(this.server, request, signal);
    const params = confinedParams(request.params);
    return this.#lister.list(this.server, { ...request, params }, signal);
  }

  callTool(request: ToolRequest, signal: AbortSignal): Promise<string> {
    return this.#tools.call(this.server, request, signal);
  }

  async request(request: ClientRequest, signal: AbortSignal): Promise<string> {
    if (this.server.config.connection === 'shared' && perClient.has(request.method))
      throw new RpcError(rpcCodes.methodNotFound, `this server does not offer ${request.method}`);
    return this.#requests.request(this.server, request, signal);
  }

  /** Whether the agent carries what may not be sent to this server, in whatever words. */
  #isConfined({ principal, run }: Caller): boolean {
    const { labels } = this.#agents.peek(principal, run) ?? {};
    return labels !== undefined && outsideAudience(labels.secrecy, this.server.config.audience).length > 0;
  }
}
