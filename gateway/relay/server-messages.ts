import type { CallContext, LinkListener, ServerLink } from '../backend/server-link.ts';
import type { PeerSession } from '../client-endpoint/session-peer.ts';
import type { GuardedServer } from '../guarded-server.ts';
import type { Log } from '../log.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { rpcCodes } from '../rpc/rpc-error.ts';
import type { RpcAnswer, RpcNotification, RpcRequest } from '../rpc/rpc-message.ts';
import {
  writeFailure,
  writeNotification,
  writeRawFailure,
  writeRequest,
  writeResult,
} from '../rpc/write-message.ts';
import { type Said, saidOf } from '../said-of.ts';
import type { Message, MessageJudge } from './message-judge.ts';
import { MessageQueue } from './message-queue.ts';

/** Requests of a server that wait for one client's answer. */
const maxUnanswered = 100;
/** The longest name of a method, in characters: guards are asked by it and the log has it. MCP's own have up to 36. */
const maxMethodLength = 200;

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
  /** On the stream on which the client was asked. */
  readonly send: (text: string) => void;
  /** `answered`: the client has said something, which is being judged. */
  state: 'being judged' | 'asked' | 'answered';
}

/** Brings what a server says of its own accord to one client, in its order, and what the client says to that back. */
export class ServerMessages implements LinkListener {
  readonly #parts: MessageParts;
  /** By the id that the client was given. */
  readonly #questions = new Map<string, Question>();
  readonly #ending = new AbortController();
  readonly #toClient = new MessageQueue(() => this.#noteOverflow('server'));
  readonly #toServer = new MessageQueue(() => this.#noteOverflow('client'));
  #lastId = 0;

  constructor(parts: MessageParts) {
    this.#parts = parts;
  }

  /** Settles when everything that the server has said so far is delivered; undefined where it is. */
  get settled(): Promise<unknown> | undefined {
    return this.#toClient.settled;
  }

  notification({ method, params }: RpcNotification, context: CallContext | undefined): void {
    if (method === 'notifications/progress') context?.progressed();
    if (method === 'notifications/cancelled') this.#withdraw(params);
    else if (bare.test(method)) this.#tellBare(method, context);
    else void this.#tell({ method, params }, context ?? this.#parts.session);
  }

  async request(
    { id: serverId, method, params }: RpcRequest,
    context: CallContext | undefined,
    signal: AbortSignal,
  ): Promise<RpcAnswer> {
    if (this.#questions.size >= maxUnanswered || this.#ending.signal.aborted || signal.aborted)
      return refusal(serverId, 'the client has no room for more requests');
    const id = String(++this.#lastId);
    const target = context ?? this.#parts.session;
    const send = (text: string) => target.send(text);
    const answer = Promise.withResolvers<RpcAnswer>();
    const question: Question = { method, serverId, answer, send, state: 'being judged' };
    this.#questions.set(id, question);
    // Nobody could be told the answer, and another connection may use the same ids.
    const lost = () => this.#drop(id, 'the connection was lost');
    signal.addEventListener('abort', lost, { once: true });
    using waiting = new DisposableStack();
    const isAsked = await this.#toClient.pass(this.#judging({ name: method, params }), (judged) => {
      // It may have been withdrawn while it was judged.
      if (!this.#questions.has(id)) return;
      question.state = 'asked';
      waiting.use(context?.wait());
      send(writeRequest(id, method, params && judged).text);
    });
    if (!isAsked) this.#settle(id, refusal(serverId, 'the client may not be asked this'));
    const answered = await question.answer.promise;
    signal.removeEventListener('abort', lost);
    return answered;
  }

  /** The client has answered a request of the server's. What it was not asked, or has answered, it cannot answer. */
  async answered(answer: RpcAnswer): Promise<void> {
    const id = answer.id ?? '';
    const question = this.#questions.get(id);
    if (question?.state !== 'asked') return;
    question.state = 'answered';
    const isTold = await this.#toServer.pass(
      () => this.#judgedAnswer(question, answer),
      (judged) => this.#settle(id, judged),
    );
    if (!isTold) this.#settle(id, refusal(question.serverId, 'the client says too much at once'));
  }

  /** The client says something of its own accord. */
  async told({ method, params }: RpcNotification, link: ServerLink): Promise<void> {
    // It says that something is another thing now, and not what.
    if (method === 'notifications/roots/list_changed') link.notify(writeNotification(method));
    else if (isNameable(method))
      await this.#toServer.pass(
        () => this.#writable({ name: method, params: params ?? '{}' }),
        (judged) => link.notify(writeNotification(method, params && judged)),
      );
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
    this.#toClient.follow(() => (context ?? this.#parts.session).send(text));
  }

  async #tell(
    { method, params }: { method: string; params: string | undefined },
    target: { send(text: string): void },
  ): Promise<void> {
    await this.#toClient.pass(this.#judging({ name: method, params }), (judged) => {
      target.send(writeNotification(method, params && judged).text);
    });
  }

  /** What of a message the client may be told; nothing where it cannot be judged. Never rejects. */
  #judging({
    name,
    params = '{}',
  }: {
    name: string;
    params: string | undefined;
  }): () => Promise<string | undefined> {
    const { session, server, judge } = this.#parts;
    const { signal } = this.#ending;
    const message = { name, params };
    return async () => {
      if (!isNameable(name)) return undefined;
      try {
        return await judge.readable(server(), { message, caller: session.caller }, signal);
      } catch (error) {
        if (!signal.aborted) this.#note(message, saidOf(error));
        return undefined;
      }
    };
  }

  /** The client's answer, with the server's own id, or what the server is told instead. Never rejects. */
  async #judgedAnswer({ method, serverId }: Question, answer: RpcAnswer): Promise<RpcAnswer> {
    const said = answer.kind === 'result' ? answer.result : answer.error;
    const judged = await this.#writable({ name: `${method}/response`, params: said });
    if (judged === undefined) return refusal(serverId, 'the answer of the client may not be sent');
    return answer.kind === 'result'
      ? writeResult(serverId, judged)
      : writeRawFailure(serverId, judged, answer);
  }

  /** What of a message the server may be told; nothing where it cannot be judged. Never rejects. */
  async #writable(message: Message): Promise<string | undefined> {
    const { session, server, judge } = this.#parts;
    try {
      return await judge.writable(server(), { message, caller: session.caller }, this.#ending.signal);
    } catch (error) {
      this.#note(message, saidOf(error));
      return undefined;
    }
  }

  /** The server does not want its answer any more. Its words for that are nobody's business. */
  #withdraw(params = '{}'): void {
    const serverId = rawMembers(params).get('requestId');
    for (const [id, question] of this.#questions)
      if (question.serverId === serverId) this.#drop(id, 'the request was cancelled');
  }

  /** Nobody waits for the client's answer any more: it is told so, where it was asked. */
  #drop(id: string, reason: string): void {
    const question = this.#questions.get(id);
    if (question === undefined) return;
    if (question.state === 'asked')
      question.send(writeNotification('notifications/cancelled', `{"requestId":${id}}`).text);
    this.#settle(id, refusal(question.serverId, reason));
  }

  #settle(id: string, answer: RpcAnswer): void {
    this.#questions.get(id)?.answer.resolve(answer);
    this.#questions.delete(id);
  }

  #note({ name }: Message, { words, fields }: Said): void {
    const { log, server } = this.#parts;
    log.write('warn', `${name} was not delivered: ${words}`, { server: server().config.name, ...fields });
  }

  #noteOverflow(side: 'server' | 'client'): void {
    const sentence = `the ${side} says more at once than can be judged: some of it is dropped`;
    this.#parts.log.write('warn', sentence, { server: this.#parts.server().config.name });
  }
}

function isNameable(method: string): boolean {
  return method.length <= maxMethodLength;
}

/** What a server is told in the place of a client's answer. */
function refusal(id: string, message: string): RpcAnswer {
  return writeFailure(id, { code: rpcCodes.internalError, message: `Sluice: ${message}` });
}
