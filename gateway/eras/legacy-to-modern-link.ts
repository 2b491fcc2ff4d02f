import type { BackendClient } from '../backend/backend.ts';
import type { CallContext, LinkRequest, ServerLink } from '../backend/server-link.ts';
import type { ToolDefinition, ToolPage } from '../backend/tool-definition.ts';
import { GatewayError } from '../gateway-error.ts';
import { isLogLevel } from '../modern/log-level.ts';
import { mirroredParams, paramHeaders } from '../modern/param-headers.ts';
import { toModernParams } from '../modern/request-meta.ts';
import { isInputRequired } from '../modern/result-fields.ts';
import type { ModernBackend } from '../modern-server/modern-backend.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { withMembers, withoutMembers, writeObject } from '../rpc/raw-object.ts';
import { RpcError, rpcCodes } from '../rpc/rpc-error.ts';
import { type RpcNotification, stringFrom } from '../rpc/rpc-message.ts';
import { writeRequest } from '../rpc/write-message.ts';
import { StandingSubscription, type SubscriptionEvents } from './standing-subscription.ts';

/** What the era with sessions did not have yet. */
const unknownMethods = new Set(['server/discover', 'subscriptions/listen']);

/** So often a server may ask for input before it answers one request. */
const maxRounds = 10;

/**
 * The way of a client with a session to a server of 2026-07-28, which has none: what the session knows of the client goes
 * with each request, and what the server asks for before it can answer is asked of the client, as servers of its own era do.
 */
export class LegacyToModernLink implements ServerLink {
  readonly #backend: ModernBackend;
  readonly #client: BackendClient;
  readonly #subscription: StandingSubscription;
  #logLevel: string | undefined;

  constructor(backend: ModernBackend, client: BackendClient) {
    this.#backend = backend;
    this.#client = client;
    this.#subscription = new StandingSubscription(
      (params, on, signal) => this.#listen(params, on, signal),
      () => client.listener.reopened(),
    );
  }

  /** What `server/discover` says, as the answer to `initialize` that it would be. */
  async welcome(signal: AbortSignal): Promise<string> {
    const found = rawMembers(await this.#send({ method: 'server/discover', params: '{}' }, signal));
    const protocolVersion = rawMembers(this.#client.hello()).get('protocolVersion') ?? '""';
    const capabilities = found.get('capabilities') ?? '{}';
    this.#subscription.listenToLists(capabilities);
    const meta = rawMembers(found.get('_meta') ?? '{}');
    const serverInfo = found.get('serverInfo') ?? meta.get('io.modelcontextprotocol/serverInfo');
    const instructions = found.get('instructions');
    return writeObject([
      ['protocolVersion', protocolVersion],
      ['capabilities', capabilities],
      ['serverInfo', serverInfo ?? '{"name":"unnamed","version":""}'],
      ...(instructions === undefined ? [] : [['instructions', instructions] as const]),
    ]);
  }

  async request(request: LinkRequest, signal: AbortSignal): Promise<string> {
    const { method, params } = request;
    if (unknownMethods.has(method))
      throw new RpcError(rpcCodes.methodNotFound, `there is no ${method} in the revision of this session`);
    if (method === 'logging/setLevel') this.#logLevel = expectLevel(params);
    else if (method === 'resources/subscribe') await this.#subscription.add(expectUri(params), signal);
    else if (method === 'resources/unsubscribe') this.#subscription.delete(expectUri(params));
    else return withoutMembers(await this.#answered(request, signal), ['resultType']);
    return '{}';
  }

  /** This era has no notifications of clients. */
  notify(): void {}

  findTool(name: string, signal: AbortSignal): Promise<ToolDefinition | undefined> {
    return this.#backend.findTool(name, signal, (params, within) =>
      this.#send({ method: 'tools/list', params }, within),
    );
  }

  noteTools(result: string): ToolPage {
    return this.#backend.noteTools(result);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
  }

  /** Asks the client for what the server needs, until it has answered. */
  async #answered(request: LinkRequest, signal: AbortSignal): Promise<string> {
    let { params } = request;
    const headers = await this.#paramHeaders(request, signal);
    for (let round = 0; round < maxRounds; round++) {
      const result = await this.#send({ ...request, params, headers }, signal);
      if (!isInputRequired(result)) return result;
      params = await this.#withInput(request, result, signal);
    }
    throw new GatewayError(
      'BACKEND_ERROR',
      `the server asked for input ${maxRounds} times and did not answer`,
    );
  }

  /** The headers that repeat arguments of a call: clients of the other era do not know of them. */
  async #paramHeaders({ method, params }: LinkRequest, signal: AbortSignal): Promise<Record<string, string>> {
    if (method !== 'tools/call') return {};
    const call = rawMembers(params);
    const tool = await this.findTool(stringFrom(call.get('name')) ?? '', signal);
    const schema = tool && rawMembers(tool.text).get('inputSchema');
    return paramHeaders((schema && mirroredParams(schema)) || [], call.get('arguments'));
  }

  async #withInput({ params, context }: LinkRequest, result: string, signal: AbortSignal): Promise<string> {
    const { inputRequests = '{}', requestState } = Object.fromEntries(rawMembers(result));
    const asked = [...rawMembers(inputRequests)];
    const withdrawing = new AbortController();
    const asking = AbortSignal.any([signal, withdrawing.signal]);
    const responses = await Promise.all(
      asked.map(async ([name, text]) => [name, await this.#input({ name, text, context }, asking)] as const),
    ).catch((error) => {
      // One that is not answered makes the others useless.
      withdrawing.abort();
      throw error;
    });
    return withMembers(params, [
      ['inputResponses', writeObject(responses)],
      ...(requestState === undefined ? [] : [['requestState', requestState] as const]),
    ]);
  }

  async #input(
    { name, text, context }: { name: string; text: string; context: CallContext | undefined },
    signal: AbortSignal,
  ): Promise<string> {
    const members = rawMembers(text);
    const method = stringFrom(members.get('method')) ?? '';
    const request = writeRequest(JSON.stringify(name), method, members.get('params'));
    const answer = await this.#client.listener.request(request, context, signal);
    if (answer.kind === 'result') return answer.result;
    const summary = `the client did not answer what the server asked it: error ${answer.code}`;
    const message = `the client did not answer ${method}: ${answer.message}`;
    throw new GatewayError('BACKEND_ERROR', message, { summary });
  }

  #listen(params: string, on: SubscriptionEvents, signal: AbortSignal): Promise<string> {
    return this.#ask({ method: 'subscriptions/listen', params }, on, signal);
  }

  #send(request: LinkRequest, signal: AbortSignal): Promise<string> {
    return this.#ask(request, { acknowledged: () => undefined }, signal);
  }

  #ask(
    { method, params, context, headers = {} }: LinkRequest,
    on: SubscriptionEvents,
    signal: AbortSignal,
  ): Promise<string> {
    const hello = Object.fromEntries(rawMembers(this.#client.hello()));
    const { clientInfo, capabilities: clientCapabilities = '{}' } = hello;
    const identity = { clientInfo, clientCapabilities, logLevel: this.#logLevel };
    const listener = {
      notification: (notification: RpcNotification) => {
        if (notification.method === 'notifications/subscriptions/acknowledged')
          on.acknowledged(notification.params ?? '{}');
        else this.#notified(notification, context);
      },
    };
    const call = { method, params: toModernParams(params, identity), headers };
    return this.#backend.request(call, listener, signal);
  }

  #notified(notification: RpcNotification, context: CallContext | undefined): void {
    const { method, params } = notification;
    if (method === 'notifications/tools/list_changed') this.#backend.forgetTools();
    const own =
      params === undefined ? notification : { ...notification, params: withoutMembers(params, ['_meta']) };
    this.#client.listener.notification(own, context);
  }
}

/** The JSON of the level that a client wants to hear log messages from. Throws the client's error. */
function expectLevel(params: string): string {
  const level = rawMembers(params).get('level');
  if (level !== undefined && isLogLevel(stringFrom(level))) return level;
  throw new RpcError(rpcCodes.invalidParams, 'logging/setLevel needs a level, such as "info"');
}

/** The JSON of the URI of a resource. Throws the client's error. */
function expectUri(params: string): string {
  const uri = rawMembers(params).get('uri');
  if (uri?.startsWith('"')) return uri;
  throw new RpcError(rpcCodes.invalidParams, 'the request needs the uri of a resource');
}
