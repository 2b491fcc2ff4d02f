import type {
  Exchange,
  OpenPeer,
  PeerSession,
  SessionEnd,
  SessionPeer,
} from '../client-endpoint/session-peer.ts';
import type { Log } from '../log.ts';
import { outcomeError } from '../relay/outcome-error.ts';
import { clientFailure } from '../rpc/client-failure.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import type { RpcAnswer, RpcMessage, RpcNotification, RpcRequest } from '../rpc/rpc-message.ts';
import { RpcMessageError } from '../rpc/rpc-message-error.ts';
import { writeFailure, writeNotification, writeRawFailure, writeResult } from '../rpc/write-message.ts';
import { saidOf } from '../said-of.ts';
import { until } from '../until.ts';
import type { AggregatedServer } from './aggregated-server.ts';
import { CallRouter, type Route } from './call-router.ts';
import { ClientCancelled } from './child-session.ts';
import { ClientLog } from './client-log.ts';
import { ClientRequests } from './client-requests.ts';
import { listKinds, MergedLists } from './merged-list.ts';
import { mergedWelcome } from './merged-welcome.ts';
import { ResourceOwners } from './resource-owners.ts';
import { ServerGroup } from './server-group.ts';
import type { MemberServer } from './server-set.ts';

/** What all aggregated sessions have in common. */
export interface AggregateParts {
  /** By the server's name, in the order of the configuration: what `/mcp/{server}` opens for a session. */
  readonly openPeers: ReadonlyMap<string, OpenPeer>;
  /** Between a server's name and its tool's; `prefixProblem` has nothing against it. */
  readonly separator: string;
  readonly log: Log;
}

interface Call {
  readonly exchange: Exchange;
  readonly cancelling: AbortController;
}

/** One client's session with all servers at once. Behind it each server has the peer that it has on `/mcp/{server}`. */
export class AggregatePeer implements SessionPeer {
  readonly #client: PeerSession;
  readonly #parts: AggregateParts;
  readonly #calls = new Map<string, Call>();
  readonly #requests: ClientRequests;
  readonly #clientLog = new ClientLog();
  #inside: Inside | undefined;
  /** The client has said `notifications/initialized`. */
  #isInitialized = false;

  constructor(client: PeerSession, parts: AggregateParts) {
    this.#client = client;
    this.#parts = parts;
    this.#requests = new ClientRequests(parts.log);
  }

  request(request: RpcRequest, exchange: Exchange): void {
    const call = { exchange, cancelling: new AbortController() };
    this.#calls.set(request.id, call);
    void this.#answer(request, call);
  }

  receive(message: Exclude<RpcMessage, RpcRequest>): void {
    try {
      if (message.kind === 'notification') this.#notified(message);
      else this.#requests.answer(message);
    } catch (error) {
      const { words, fields } = saidOf(error);
      this.#parts.log.write('debug', `a message of a client is dropped: ${words}`, fields);
    }
  }

  close(reason: SessionEnd): void {
    for (const { cancelling } of this.#calls.values()) cancelling.abort();
    this.#calls.clear();
    this.#inside?.servers.close(reason);
  }

  async #answer(request: RpcRequest, call: Call): Promise<void> {
    const { exchange } = call;
    try {
      const answer = await this.#answerTo(request, call);
      if (answer === undefined) exchange.abandon();
      else exchange.answer(answer.text);
    } catch (error) {
      if (call.cancelling.signal.aborted) exchange.abandon();
      else exchange.answer(this.#failure(request.id, error).text);
    }
    if (this.#calls.get(request.id) === call) this.#calls.delete(request.id);
  }

  /** Nothing where there will be no answer. Throws an RpcError, or an RpcMessageError. */
  async #answerTo({ id, method, params = '{}' }: RpcRequest, call: Call): Promise<RpcAnswer | undefined> {
    if (method === 'ping') return writeResult(id, '{}');
    if (method === 'initialize') return writeResult(id, await this.#welcome(params));
    const { router } = this.#expectInside();
    const route = router.route(method, params);
    if (route !== undefined) return withId(id, await this.#carry(method, route, call));
    if (method === 'logging/setLevel') return withId(id, await this.#setLevel(params, call));
    return writeResult(id, await this.#list(method, params, call));
  }

  async #welcome(hello: string): Promise<string> {
    const { openPeers, separator, log } = this.#parts;
    const servers = new ServerGroup(openPeers, {
      client: this.#client,
      hello,
      said: (message, child, send) => this.#requests.said(message, child, send),
      arrived: (server) => this.#arrived(server),
    });
    const owners = new ResourceOwners([...openPeers.keys()]);
    const router = new CallRouter(servers, owners, separator);
    this.#inside = { servers, router, lists: new MergedLists({ servers, owners, separator, log }) };
    await servers.gather();
    return mergedWelcome(servers.all, this.#client.protocolVersion);
  }

  async #carry(method: string, { server, params }: Route, { exchange, cancelling }: Call) {
    const { signal } = cancelling;
    const session = await until(server.ready(), signal);
    if (session === undefined) throw unavailable(server);
    return session.request({ method, params, signal, send: (text) => exchange.send(text) });
  }

  #list(method: string, params: string, { exchange, cancelling }: Call): Promise<string> {
    const kind = listKinds.get(method);
    if (kind === undefined)
      throw new RpcError(rpcCodes.methodNotFound, `Sluice does not offer ${method} on /mcp`);
    if (rawMembers(params).has('cursor'))
      throw new RpcError(rpcCodes.invalidParams, `${method} has one page here: leave the cursor out`);
    const send = (text: string) => exchange.send(text);
    const leftOut = (server: MemberServer, reason: string) =>
      this.#clientLog.warn(`${server.name} is left out: ${reason}`, send);
    return this.#expectInside().lists.list(method, kind, { send, leftOut, signal: cancelling.signal });
  }

  /** All that log are told; it is done when one of them has done it, or where none logs. */
  async #setLevel(params: string, { exchange, cancelling }: Call): Promise<RpcAnswer | undefined> {
    const { signal } = cancelling;
    const asked = this.#expectInside().servers.offering('logging');
    const request = {
      method: 'logging/setLevel',
      params,
      signal,
      send: (text: string) => exchange.send(text),
    };
    const answers = await Promise.all(asked.map(({ session }) => session?.request(request)));
    if (signal.aborted) return undefined;
    const refused = answers.find((answer) => answer?.kind === 'error');
    if (refused !== undefined && answers.every((answer) => answer?.kind !== 'result')) return refused;
    this.#clientLog.setLevel(params);
    return writeResult('0', '{}');
  }

  #notified(message: RpcNotification): void {
    const { method, params = '{}' } = message;
    if (method === 'notifications/cancelled') this.#cancel(params);
    else if (method === 'notifications/progress') this.#requests.progress(params);
    else if (method === 'notifications/roots/list_changed') this.#inside?.servers.notify(message);
    else if (method === 'notifications/initialized') this.#initialized(message);
  }

  #initialized(message: RpcNotification): void {
    this.#isInitialized = true;
    this.#inside?.servers.notify(message);
    for (const { name, failure } of this.#inside?.servers.missing ?? [])
      this.#clientLog.warn(`${name} is left out: ${failure}`, (text) => this.#client.send(text));
  }

  #cancel(params: string): void {
    const call = this.#calls.get(rawMembers(params).get('requestId') ?? '');
    call?.cancelling.abort(new ClientCancelled(params));
  }

  /** A server that comes later than the client catches up, and the client learns that there is more. */
  #arrived({ session, welcome }: AggregatedServer): void {
    if (!this.#isInitialized || session === undefined) return;
    session.receive(writeNotification('notifications/initialized'));
    const { level } = this.#clientLog;
    if (level !== undefined && welcome?.capabilities.has('logging'))
      void session.request({ method: 'logging/setLevel', params: level, send: () => undefined });
    for (const listed of ['tools', 'prompts', 'resources'])
      if (welcome?.capabilities.has(listed))
        this.#client.send(writeNotification(`notifications/${listed}/list_changed`).text);
  }

  #expectInside(): Inside {
    if (this.#inside !== undefined) return this.#inside;
    throw new RpcError(rpcCodes.noSession, 'there is no MCP session yet: send initialize');
  }

  #failure(id: string, error: unknown) {
    if (error instanceof RpcMessageError) return writeFailure(id, error);
    return writeFailure(id, clientFailure(error, this.#parts.log));
  }
}

/** What there is once the client has begun. */
interface Inside {
  readonly servers: ServerGroup;
  readonly router: CallRouter;
  readonly lists: MergedLists;
}

/** A server's answer under the client's own id. */
function withId(id: string, answer: RpcAnswer | undefined): RpcAnswer | undefined {
  if (answer === undefined) return undefined;
  return answer.kind === 'result'
    ? writeResult(id, answer.result)
    : writeRawFailure(id, answer.error, answer);
}

/** Which of the servers is meant stands beside the words, which are always the same. */
function unavailable({ name }: MemberServer): RpcError {
  return outcomeError({ kind: 'failed', reason: 'BACKEND_UNAVAILABLE' }, { 'sluice.dev/server': name });
}
