import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import type {
  Answer,
  Ask,
  BackendCall,
  BackendResult,
  Failed,
  Opened,
  SessionRequest,
  SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { expectEqual, Mismatch } from '../check.ts';
import { nameOfReason, type ReasonName, reasonCodes } from '../reason-codes.ts';
import { endedWell, type StreamEnd, streamEnd } from './status-reason.ts';

type Message = NonNullable<SessionResponse['message']>;
type Kind = Message['$case'];
type ValueOf<K extends Kind> = Extract<Message, { $case: K }>['value'];

/** A question, by what it asks. */
export type Question = NonNullable<Ask['question']>;

/** One stream to the sidecar under test: what is sent is up to the check, what came is waited for by its kind. */
export class ClientStream {
  readonly raw: ClientDuplexStream<SessionRequest, SessionResponse>;
  readonly #inbox: Message[] = [];
  readonly #ended = Promise.withResolvers<StreamEnd>();
  #end: StreamEnd | undefined;
  #grown = Promise.withResolvers<void>();

  constructor(raw: ClientDuplexStream<SessionRequest, SessionResponse>) {
    this.raw = raw;
    raw.on('data', ({ message }: SessionResponse) => {
      if (message !== undefined) this.#inbox.push(message);
      this.#wake();
    });
    raw.on('end', () => this.#endWith(endedWell));
    raw.on('error', (error: ServiceError) => this.#endWith(streamEnd(error)));
  }

  send(message: SessionRequest['message']): void {
    this.raw.write({ message });
  }

  ask(id: number, question: Question | undefined, timeoutMs = 0): void {
    this.send({ $case: 'ask', value: { id, timeoutMs, traceparent: '', question } });
  }

  cancel(id: number): void {
    this.send({ $case: 'cancel', value: { id } });
  }

  reply({ id, call }: Pick<BackendCall, 'id' | 'call'>, outcome: BackendResult['outcome']): void {
    this.send({ $case: 'backendResult', value: { id, call, outcome } });
  }

  opened(): Promise<Opened> {
    return this.#next('opened', () => true, '`opened`');
  }

  backendCall(id: number): Promise<BackendCall> {
    return this.#next('backendCall', (call) => call.id === id, `a backend_call of question ${id}`);
  }

  /** The answer to a question. A Mismatch where it is `failed`. */
  async answer(id: number): Promise<NonNullable<Answer['labels']>> {
    const ended = await this.#endOf(id);
    if (ended.$case === 'failed') {
      const { reason, message } = ended.value;
      throw new Mismatch(`question ${id} failed with ${nameOfReason(reason)}: ${message}`);
    }
    if (ended.value.labels === undefined) throw new Mismatch(`the answer to question ${id} has no labels`);
    return ended.value.labels;
  }

  /** Waits until a question has failed, for one of these reasons, with the code that goes with it. */
  async failed(id: number, ...reasons: readonly ReasonName[]): Promise<Failed> {
    const ended = await this.#endOf(id);
    if (ended.$case === 'answer') throw new Mismatch(`question ${id} was answered, and should have failed`);
    const name = reasons.find((each) => each === nameOfReason(ended.value.reason));
    expectEqual('the reason', name ?? nameOfReason(ended.value.reason), name ?? reasons[0]);
    if (name !== undefined) expectEqual(`the code of ${name}`, ended.value.code, reasonCodes[name]);
    return ended.value;
  }

  /** How the stream ends. */
  ended(): Promise<StreamEnd> {
    return this.#ended.promise;
  }

  /** Whether a message of this kind has come that nobody waited for. */
  has(kind: Kind): boolean {
    return this.#inbox.some(({ $case }) => $case === kind);
  }

  #endOf(id: number): Promise<Extract<Message, { $case: 'answer' | 'failed' }>> {
    return this.#take(
      (message) => (message.$case === 'answer' || message.$case === 'failed') && message.value.id === id,
      `the end of question ${id}`,
    ) as Promise<Extract<Message, { $case: 'answer' | 'failed' }>>;
  }

  async #next<K extends Kind>(
    kind: K,
    suits: (value: ValueOf<K>) => boolean,
    what: string,
  ): Promise<ValueOf<K>> {
    const isIt = (message: Message) => message.$case === kind && suits(message.value as ValueOf<K>);
    return (await this.#take(isIt, what)).value as ValueOf<K>;
  }

  async #take(isIt: (message: Message) => boolean, what: string): Promise<Message> {
    for (;;) {
      const at = this.#inbox.findIndex(isIt);
      const [message] = at < 0 ? [] : this.#inbox.splice(at, 1);
      if (message !== undefined) return message;
      if (this.#end !== undefined) {
        const { code, reason, message: words } = this.#end;
        throw new Mismatch(`the stream ended with ${code} ${reason} (${words}) instead of ${what}`);
      }
      await this.#grown.promise;
    }
  }

  #endWith(end: StreamEnd): void {
    this.#end ??= end;
    this.#ended.resolve(this.#end);
    this.#wake();
  }

  #wake(): void {
    this.#grown.resolve();
    this.#grown = Promise.withResolvers<void>();
  }
}
