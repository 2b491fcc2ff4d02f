import { GatewayError } from '../gateway-error.ts';
import type { Log } from '../log.ts';
import { rawMembers, withMember } from '../rpc/raw-json.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import type { RpcAnswer, RpcNotification, RpcRequest } from '../rpc/rpc-message.ts';
import {
  writeFailure,
  writeNotification,
  writeRawFailure,
  writeRequest,
  writeResult,
} from '../rpc/write-message.ts';
import { saidOf } from '../said-of.ts';
import type { ChildSession, SendText } from './child-session.ts';

/** Requests that wait for the client at once, of all servers: what nobody answers must not pile up. */
const maxWaiting = 1_000;
/** What a server is told whose request cannot reach the client. */
const notAsked = 'the client cannot be asked now: ask less at once';

interface Asked {
  readonly child: ChildSession;
  /** The raw id that the server gave it. */
  readonly id: string;
  /** The raw progress token that the server gave it. */
  readonly token: string | undefined;
}

/**
 * The requests of servers that wait for the client's answer. The client sees ids and progress tokens of the aggregate's
 * own, since two servers may use the same; what it says of them goes to the one server that asked.
 */
export class ClientRequests {
  readonly #log: Log;
  readonly #asked = new Map<string, Asked>();
  #lastId = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Passes on what a server says of its own accord. */
  said(message: RpcRequest | RpcNotification, child: ChildSession, send: SendText): void {
    try {
      if (message.kind === 'request') send(this.#take(message, child).text);
      else if (message.method === 'notifications/cancelled') this.#withdraw(message, child, send);
      else send(message.text);
    } catch (error) {
      const { words, fields } = saidOf(error);
      this.#log.write('debug', `a message of a server is dropped: ${words}`, fields);
      if (message.kind === 'request')
        child.receive(writeFailure(message.id, { code: rpcCodes.internalError, message: notAsked }));
    }
  }

  /** Gives the client's answer to the server that asked; nobody's where it is to nothing that was asked. */
  answer(answer: RpcAnswer): void {
    const asked = this.#asked.get(answer.id ?? '');
    if (asked === undefined) return;
    this.#asked.delete(answer.id ?? '');
    const { child, id } = asked;
    child.receive(
      answer.kind === 'result' ? writeResult(id, answer.result) : writeRawFailure(id, answer.error, answer),
    );
  }

  /** Tells the server that asked how far the client is. Throws an RpcMessageError where that cannot be read. */
  progress(params: string): void {
    const asked = this.#asked.get(rawMembers(params).get('progressToken') ?? '');
    if (asked?.token === undefined) return;
    const told = withMember(params, 'progressToken', asked.token);
    asked.child.receive(writeNotification('notifications/progress', told));
  }

  /** The request as the client gets it. Throws an Error where too many wait, or where it cannot be read. */
  #take(request: RpcRequest, child: ChildSession): RpcRequest {
    if (this.#asked.size >= maxWaiting)
      throw new GatewayError('QUEUE_FULL', 'too many requests wait for the client');
    this.#lastId++;
    const own = String(this.#lastId);
    const { params = '{}' } = request;
    const meta = rawMembers(params).get('_meta');
    const token = meta?.startsWith('{') ? rawMembers(meta).get('progressToken') : undefined;
    const told =
      meta === undefined || token === undefined
        ? request.params
        : withMember(params, '_meta', withMember(meta, 'progressToken', own));
    this.#asked.set(own, { child, id: request.id, token });
    return writeRequest(own, request.method, told);
  }

  /** A server does not wait any more for what it has asked; nothing where it has not asked for what it cancels. */
  #withdraw({ params = '{}' }: RpcNotification, child: ChildSession, send: SendText): void {
    const id = rawMembers(params).get('requestId');
    const own = this.#asked.entries().find(([, asked]) => asked.child === child && asked.id === id)?.[0];
    if (own === undefined) return;
    this.#asked.delete(own);
    send(writeNotification('notifications/cancelled', withMember(params, 'requestId', own)).text);
  }
}
