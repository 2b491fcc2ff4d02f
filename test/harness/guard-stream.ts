import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { ErrorInfo } from '../../proto/gen/google/rpc/error_details.ts';
import { Status } from '../../proto/gen/google/rpc/status.ts';
import {
  type Answer,
  type Ask,
  type BackendCall,
  type BackendResult,
  type Opened,
  Reason,
  type SessionRequest,
  type SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';

type Message = NonNullable<SessionRequest['message']>;
/** What a question is answered with. */
export type Labels = NonNullable<Answer['labels']>;

/** A stream's end that was no OK: the gRPC code, and the reason from its ErrorInfo. */
export class StreamError extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(error: ServiceError) {
    super(error.details);
    this.code = error.code;
    const [details] = error.metadata?.get('grpc-status-details-bin') ?? [];
    const [info] = Buffer.isBuffer(details) ? Status.decode(details).details : [];
    this.reason = info === undefined ? '' : ErrorInfo.decode(info.value).reason;
  }
}

/** A question's failure. */
export class QuestionError extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: Reason, message: string) {
    super(message);
    this.code = code;
    const name = Object.entries(Reason).find(([, number]) => number === reason)?.[0] ?? '';
    this.reason = name.replace('REASON_', '');
  }
}

/** The description that a guest gave a resource. */
export function description(labels: Labels): string | undefined {
  return labels.$case === 'resource' ? labels.value.resource?.description : undefined;
}

/** An answer of the backend for `answerBackend`. */
export function json(value: object): NonNullable<BackendResult['outcome']> {
  return { $case: 'json', value: Buffer.from(JSON.stringify(value)) };
}

/** How a test answers backend calls. */
export type AnswerBackend = (
  call: BackendCall,
) => Promise<BackendResult['outcome']> | BackendResult['outcome'];

/** A small client of the labeling protocol: one stream, and a promise for each question. */
export class GuardStream {
  readonly stream: ClientDuplexStream<SessionRequest, SessionResponse>;
  /** Settles with OK, or rejects with a StreamError. */
  readonly ended: Promise<void>;
  answerBackend: AnswerBackend = () => undefined;
  /** Whom its session serves. */
  principal = 'test';
  /** The trace context that goes with what is asked. */
  traceparent = '';
  /** What `opened` said, each time that it came. */
  readonly openings: Opened[] = [];
  /** Every backend call so far. */
  readonly backendCalls: BackendCall[] = [];
  readonly #opened = Promise.withResolvers<Opened>();
  readonly #questions = new Map<number, PromiseWithResolvers<Labels>>();
  readonly #awaitedCalls: PromiseWithResolvers<void>[] = [];
  #lastId = 0;

  constructor(stream: ClientDuplexStream<SessionRequest, SessionResponse>) {
    this.stream = stream;
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.ended.catch(() => undefined);
    this.#opened.promise.catch(() => undefined);
    stream.on('data', (response: SessionResponse) => void this.#receive(response));
    stream.on('end', () => {
      ended.resolve();
      this.#endWith(new Error('the stream ended with status OK and this open'));
    });
    stream.on('error', (error: ServiceError) => {
      const reason = new StreamError(error);
      ended.reject(reason);
      this.#endWith(reason);
    });
  }

  send(message: Message): void {
    this.stream.write({ message });
  }

  open(guard: string, policy: object | string = {}, timeoutMs = 0): Promise<Opened> {
    const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
    const { principal, traceparent } = this;
    const value = { guard, policy: Buffer.from(text), principal, timeoutMs, traceparent };
    this.send({ $case: 'open', value });
    return this.#opened.promise;
  }

  labelResource(
    toolName: string,
    args: object | string = {},
    options: { timeoutMs?: number } = {},
  ): Promise<Labels> {
    const toolArgs = Buffer.from(typeof args === 'string' ? args : JSON.stringify(args));
    return this.ask({ $case: 'labelResource', value: { toolName, toolArgs } }, options);
  }

  labelResponse(
    toolName: string,
    result: object | string,
    options: { timeoutMs?: number } = {},
  ): Promise<Labels> {
    const toolResult = Buffer.from(typeof result === 'string' ? result : JSON.stringify(result));
    return this.ask(
      { $case: 'labelResponse', value: { toolName, toolArgs: Buffer.from('{}'), toolResult } },
      options,
    );
  }

  ask(question: NonNullable<Ask['question']>, { timeoutMs = 0, id = ++this.#lastId } = {}): Promise<Labels> {
    const answer = Promise.withResolvers<Labels>();
    answer.promise.catch(() => undefined);
    this.#questions.set(id, answer);
    this.send({ $case: 'ask', value: { id, timeoutMs, traceparent: this.traceparent, question } });
    return answer.promise;
  }

  /** Waits until the guard has made so many backend calls on this stream: the last of them. */
  async backendCall(count = 1): Promise<BackendCall> {
    for (;;) {
      const call = this.backendCalls[count - 1];
      if (call !== undefined) return call;
      const waiter = Promise.withResolvers<void>();
      this.#awaitedCalls.push(waiter);
      await waiter.promise;
    }
  }

  /** The id of the last question. */
  get lastId(): number {
    return this.#lastId;
  }

  cancel(id: number): void {
    this.send({ $case: 'cancel', value: { id } });
  }

  /** Half-closes, and waits for the end. */
  close(): Promise<void> {
    this.stream.end();
    return this.ended;
  }

  #endWith(reason: Error): void {
    this.#opened.reject(reason);
    for (const question of this.#questions.values()) question.reject(reason);
    for (const waiter of this.#awaitedCalls) waiter.reject(reason);
  }

  async #receive({ message }: SessionResponse): Promise<void> {
    switch (message?.$case) {
      case 'opened':
        this.openings.push(message.value);
        return this.#opened.resolve(message.value);
      case 'answer':
        return message.value.labels && this.#questions.get(message.value.id)?.resolve(message.value.labels);
      case 'failed': {
        const { id, code, reason, message: sentence } = message.value;
        return this.#questions.get(id)?.reject(new QuestionError(code, reason, sentence));
      }
      case 'backendCall': {
        const { id, call } = message.value;
        this.backendCalls.push(message.value);
        for (const waiter of this.#awaitedCalls.splice(0)) waiter.resolve();
        const outcome = await this.answerBackend(message.value);
        if (!this.stream.writable) return;
        return this.send({ $case: 'backendResult', value: { id, call, outcome } });
      }
    }
  }
}
