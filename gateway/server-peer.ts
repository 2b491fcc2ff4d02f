import type { Tool, ToolCall } from './backend.ts';
import type { Caller } from './caller.ts';
import type { Exchange, PeerSession, SessionPeer } from './client-endpoint/session-peer.ts';
import type { Log } from './log.ts';
import { parseLossless } from './lossless-json.ts';
import { type JudgedRequest, judgedMethods } from './request-caller.ts';
import { rawMembers } from './rpc/raw-json.ts';
import type { RpcMessage, RpcRequest } from './rpc/rpc-message.ts';
import { writeFailure, writeResult } from './rpc/write-message.ts';
import { RpcError, rpcCodes } from './rpc-error.ts';
import { version } from './version.ts';

/** The guarded server behind the peers of all its sessions. */
export interface ServerOffer {
  readonly serverName: string;
  /** What it offers besides tools, of what guards judge; nothing where it cannot be reached in time. */
  capabilities(signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** One of the `judgedMethods`: its result as JSON text. */
  request(request: JudgedRequest, signal: AbortSignal): Promise<string>;
  listTools(caller: Caller, signal: AbortSignal): Promise<readonly Tool[]>;
  /** The tool result as JSON text. */
  callTool(request: { call: ToolCall; caller: Caller }, signal: AbortSignal): Promise<string>;
}

interface Call {
  readonly exchange: Exchange;
  readonly cancelling: AbortController;
}

/** What stands behind a client's session: the tools of one guarded server. */
export class ServerPeer implements SessionPeer {
  readonly #session: PeerSession;
  readonly #offer: ServerOffer;
  readonly #log: Log;
  /** What is under way, by the id of its request. */
  readonly #calls = new Map<string, Call>();

  constructor(session: PeerSession, offer: ServerOffer, log: Log) {
    this.#session = session;
    this.#offer = offer;
    this.#log = log;
  }

  request(request: RpcRequest, exchange: Exchange): void {
    const call = { exchange, cancelling: new AbortController() };
    this.#calls.set(request.id, call);
    void this.#answer(request, call);
  }

  receive(message: Exclude<RpcMessage, RpcRequest>): void {
    if (message.kind === 'notification' && message.method === 'notifications/cancelled')
      this.#cancel(requestIdOf(message.params));
  }

  close(): void {
    for (const { cancelling } of this.#calls.values()) cancelling.abort();
    this.#calls.clear();
  }

  async #answer(request: RpcRequest, call: Call): Promise<void> {
    const { id } = request;
    try {
      const result = await this.#result(request, call.cancelling.signal);
      call.exchange.answer(writeResult(id, result).text);
    } catch (error) {
      call.exchange.answer(writeFailure(id, this.#asFailure(error)).text);
    }
    if (this.#calls.get(id) === call) this.#calls.delete(id);
  }

  /** The result as JSON. Throws the RpcError that the client is answered with. */
  async #result({ method, params = '{}' }: RpcRequest, signal: AbortSignal): Promise<string> {
    const { caller } = this.#session;
    if (judgedMethods.has(method))
      return this.#offer.request({ method, params: expectObject(params), caller }, signal);
    switch (method) {
      case 'initialize':
        return this.#welcome(signal);
      case 'ping':
        return '{}';
      case 'tools/list':
        return JSON.stringify({ tools: await this.#offer.listTools(caller, signal) });
      case 'tools/call':
        return this.#offer.callTool({ call: expectToolCall(params), caller }, signal);
      default:
        throw new RpcError(rpcCodes.methodNotFound, `Sluice does not offer ${method} yet`);
    }
  }

  async #welcome(signal: AbortSignal): Promise<string> {
    const offered = await this.#offer.capabilities(signal);
    const judged = [...new Set(judgedMethods.values())].filter((capability) => offered.has(capability));
    return JSON.stringify({
      protocolVersion: this.#session.protocolVersion,
      capabilities: { tools: {}, ...Object.fromEntries(judged.map((capability) => [capability, {}])) },
      serverInfo: { name: this.#offer.serverName, version },
    });
  }

  /** What was cancelled is never answered: its response would stay open as long as the session. */
  #cancel(id: string): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    call?.exchange.abandon();
    call?.cancelling.abort();
  }

  #asFailure(error: unknown): { code: number; message: string; data?: string } {
    if (error instanceof RpcError) {
      const { code, message, data } = error;
      return { code, message, ...(data !== undefined && { data: JSON.stringify(data) }) };
    }
    this.#log.write('error', `internal error: ${String(error)}`);
    return { code: rpcCodes.internalError, message: 'internal error' };
  }
}

/** From here on the arguments are one text: what is judged and what is sent are the same bytes, no member comes twice. */
function expectToolCall(params = '{}'): ToolCall {
  const { name, arguments: args = {} } = expectParams(params);
  if (typeof name !== 'string')
    throw new RpcError(rpcCodes.invalidParams, 'tools/call needs the name of a tool');
  if (typeof args !== 'object' || args === null || Array.isArray(args)) {
    throw new RpcError(rpcCodes.invalidParams, 'the arguments of a tool must be an object');
  }
  return { tool: name, args: readable(() => JSON.stringify(args)) };
}

/** The params, read once and written again: no member comes twice. */
function expectObject(params: string): string {
  const value = readable(() => parseLossless(params));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RpcError(rpcCodes.invalidParams, 'the params of a request must be an object');
  return readable(() => JSON.stringify(value));
}

function expectParams(params: string): { readonly name?: unknown; readonly arguments?: unknown } {
  return readable(() => Object(parseLossless(params)));
}

/** Throws what the client is told where its params cannot be read, or not be written again. */
function readable<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError)
      throw new RpcError(rpcCodes.invalidParams, 'the params are nested too deeply: send flatter ones');
    throw new RpcError(rpcCodes.parseError, 'the params are no JSON');
  }
}

/** The raw id that a cancellation names; empty, which is no id, where it names none. */
function requestIdOf(params = '{}'): string {
  try {
    return rawMembers(params).get('requestId') ?? '';
  } catch {
    return '';
  }
}
