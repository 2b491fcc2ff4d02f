import type { PeerSession } from '../client-endpoint/session-peer.ts';
import type { GuardedServer } from '../guarded-server.ts';
import type { Log } from '../log.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import type { RpcAnswer, RpcNotification, RpcRequest } from '../rpc/rpc-message.ts';
import {
  writeFailure,
  writeNotification,
  writeRawFailure,
  writeRequest,
  writeResult,
} from '../rpc/write-message.ts';
import { rpcCodes } from '../rpc-error.ts';
import type { CallContext, LinkListener } from '../server-link.ts';
import type { Message, MessageJudge } from './message-judge.ts';

/** Messages of one server that are judged at a time for one client, and requests that wait for a client's answer. */
const maxUndelivered = 1_000;
const maxUnanswered = 100;

/** What says that something is another thing now, and not what: it is told without anybody being asked. */
const bare = /^notifications\/(tools|prompts|resources)\/list_changed$/;

/** What the messages of a server need on their way. */
export interface MessageParts {
  readonly session: PeerSession;
  /** The server as it is configured now. */
  readonly server: () => GuardedServer;
  readonly judge: MessageJudge;
  readonly log: Log;
  /** The JSON of the params of notifications that say no more than that something is another thing now. */
  readonly bareParams?: string;
}

interface Question {
  readonly method: string;
  /** The request's id at the server. */
  readonly serverId: string;
  readonly answer: PromiseWithResolvers<RpcAnswer>;
  /** The client has said something, which is being judged. */
  isAnswered: boolean;
}

/** Brings what a server says of its own accord to one client, in its order, and the client's answers back. */
export class ServerMessages implements LinkListener {
  readonly #parts: MessageParts;
  /** By the id that the client was given. */
  readonly #questions = new Map<string, Question>();
  readonly #ending = new AbortController();
  #lastId = 0;
  #undelivered = 0;
  #delivered: Promise<unknown> = Promise.resolve();

  constructor(parts: MessageParts) {
    this.#parts = parts;
  }

  /** Settles when everything that the server has said so far is delivered; undefined where it is. */
  get settled(): Promise<unknown> | undefined {
    return this.#undelivered === 0 ? undefined : this.#delivered;
  }

  notification({ method, params }: RpcNotification, context: CallContext | undefined): void {
    if (method === 'notifications/progress') context?.progressed();
    if (method === 'notifications/cancelled') this.#withdraw(params);
    else if (bare.test(method)) this.#tellBare(method, context);
    else void this.#tell({ method, params }, context);
  }

  async request(
    { id: serverId, method, params }: RpcRequest,
    context: CallContext | undefined,
  ): Promise<RpcAnswer> {
    if (this.#questions.size >= maxUnanswered || this.#ending.signal.aborted)
      return refusal(serverId, 'the client has no room for more requests');
    const id = String(++this.#lastId);
    const question: Question = {
      method,
      serverId,
      answer: Promise.withResolvers(),
      isAnswered: false,
    };
    this.#questions.set(id, question);
    const isAsked = await this.#inOrder({ name: method, params: params ?? '{}' }, (judged) => {
      // It may have been withdrawn while it was judged.
      if (!this.#questions.has(id)) return;
      context?.progressed();
      (context ?? this.#parts.session).send(writeRequest(id, method, params && judged).text);
    });
    if (!isAsked) this.#settle(id, refusal(serverId, 'the client may not be asked this'));
    const answer = await question.answer.promise;
    context?.progressed();
    return answer;
  }

  /** The client has answered a request of the server's. */
  async answered(answer: RpcAnswer): Promise<void> {
    const id = answer.id ?? '';
    const question = this.#questions.get(id);
    if (question === undefined || question.isAnswered) return;
    question.isAnswered = true;
    this.#settle(id, await this.#judgedAnswer(question, answer));
  }

  reopened(): void {
    for (const list of ['tools', 'prompts', 'resources'])
      this.#parts.session.send(writeNotification(`notifications/${list}/list_changed`).text);
  }

  close(): void {
    this.#ending.abort();
    for (const [id, { serverId }] of this.#questions)
      this.#settle(id, refusal(serverId, 'the client has gone'));
  }

  #tellBare(method: string, context: CallContext | undefined): void {
    const text = writeNotification(method, this.#parts.bareParams).text;
    // Not before what the server has said before.
    void this.#delivered.then(() => (context ?? this.#parts.session).send(text));
  }

  async #tell(
    { method, params }: { method: string; params: string | undefined },
    context: CallContext | undefined,
  ): Promise<void> {
    await this.#inOrder({ name: method, params: params ?? '{}' }, (judged) => {
      (context ?? this.#parts.session).send(writeNotification(method, params && judged).text);
    });
  }

  /** Judges a message, and delivers it after those before it; whether it was delivered. */
  async #inOrder(message: Message, deliver: (params: string) => void): Promise<boolean> {
    if (this.#undelivered >= maxUndelivered) {
      this.#note(message, 'it is one too many that waits for its guard');
      return false;
    }
    this.#undelivered++;
    const judged = this.#judged(message);
    const delivery = this.#delivered.then(async () => {
      const params = await judged;
      if (params !== undefined) deliver(params);
      this.#undelivered--;
      return params !== undefined;
    });
    this.#delivered = delivery;
    return delivery;
  }

  /** What of a message the client may be told; nothing where it cannot be judged. Never rejects. */
  async #judged(message: Message): Promise<string | undefined> {
    const { session, server, judge } = this.#parts;
    const { signal } = this.#ending;
    try {
      return await judge.readable(server(), { message, caller: session.caller }, signal);
    } catch (error) {
      if (!signal.aborted) this.#note(message, String(error));
      return undefined;
    }
  }

  /** The client's answer, with the server's own id, or what the server is told instead. Never rejects. */
  async #judgedAnswer({ method, serverId }: Question, answer: RpcAnswer): Promise<RpcAnswer> {
    const { session, server, judge } = this.#parts;
    const said = answer.kind === 'result' ? answer.result : answer.error;
    const message = { name: `${method}/response`, params: said };
    try {
      const judged = await judge.writable(server(), { message, caller: session.caller }, this.#ending.signal);
      if (judged === undefined) return refusal(serverId, 'the answer of the client may not be sent');
      return answer.kind === 'result'
        ? writeResult(serverId, judged)
        : writeRawFailure(serverId, judged, answer);
    } catch (error) {
      this.#note(message, String(error));
      return refusal(serverId, 'the answer of the client could not be judged');
    }
  }

  /** The server does not want its answer any more. Its words for that are nobody's business. */
  #withdraw(params = '{}'): void {
    const serverId = rawMembers(params).get('requestId');
    for (const [id, question] of this.#questions) {
      if (question.serverId !== serverId) continue;
      this.#parts.session.send(writeNotification('notifications/cancelled', `{"requestId":${id}}`).text);
      this.#settle(id, refusal(serverId, 'the request was cancelled'));
    }
  }

  #settle(id: string, answer: RpcAnswer): void {
    this.#questions.get(id)?.answer.resolve(answer);
    this.#questions.delete(id);
  }

  #note({ name }: Message, reason: string): void {
    const { log, server } = this.#parts;
    log.write('warn', `${name} was not delivered: ${reason}`, { server: server().config.name });
  }
}

/** What a server is told in the place of a client's answer. */
function refusal(id: string, message: string): RpcAnswer {
  return writeFailure(id, { code: rpcCodes.internalError, message: `Sluice: ${message}` });
}
