import type { ServiceError } from '@grpc/grpc-js';
import type {
  Answer,
  Ask,
  BackendCall,
  BackendResult,
  Open,
  Opened,
  SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { GatewayError } from '../gateway-error.ts';
import { activeTraceparent } from '../telemetry/trace-context.ts';
import { noteSidecar } from '../telemetry/traced-guard.ts';
import type { LabelerStream } from './labeler.ts';
import { questionError, SessionLost, streamError } from './sidecar-failure.ts';

/** Answers one backend call of the guard; `signal` aborts when its question ends. */
export type CallBackend = (call: BackendCall, signal: AbortSignal) => Promise<BackendResult['outcome']>;

/** One guard session on one stream of the labeling protocol. */
export class LabelerSession {
  /** Its address. */
  readonly sidecar: string;
  readonly #stream: LabelerStream['stream'];
  readonly #callBackend: CallBackend;
  readonly #opened = Promise.withResolvers<Opened>();
  readonly #questions = new Map<number, OpenQuestion>();
  readonly #opening = new OpenQuestion();
  #lastId = 0;
  #lost: Error | undefined;
  #guardDigest = '';
  #isRetired = false;

  private constructor({ sidecar, stream }: LabelerStream, callBackend: CallBackend) {
    this.sidecar = sidecar;
    this.#stream = stream;
    this.#callBackend = callBackend;
    this.#questions.set(0, this.#opening);
    stream.on('data', (response: SessionResponse) => this.#receive(response));
    stream.on('error', (error: ServiceError) => this.#lose(streamError(error)));
    stream.on('end', () => this.#lose(new SessionLost('the sidecar ended the session')));
  }

  /**
   * Opens a session. Throws a GatewayError when the guard refuses the policy or fails, Unserved where another sidecar may
   * open it, SessionLost when the stream broke, and the signal's reason.
   */
  static async open(
    at: LabelerStream,
    open: Open,
    { callBackend, signal }: { callBackend: CallBackend; signal: AbortSignal },
  ): Promise<{ session: LabelerSession; opened: Opened }> {
    noteSidecar(at.sidecar);
    const session = new LabelerSession(at, callBackend);
    const abort = () => session.close(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      at.stream.write({ message: { $case: 'open', value: open } });
      return { session, opened: await session.#opened.promise };
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Of the guard that answers: another once it was reloaded. */
  get guardDigest(): string {
    return this.#guardDigest;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** The labels of one question. Throws as `open` does. */
  async ask(
    question: NonNullable<Ask['question']>,
    signal: AbortSignal,
  ): Promise<NonNullable<Answer['labels']>> {
    if (this.#lost !== undefined) throw this.#lost;
    signal.throwIfAborted();
    const id = ++this.#lastId;
    const open = new OpenQuestion();
    const cancel = () => this.#cancel(id, signal.reason);
    this.#questions.set(id, open);
    signal.addEventListener('abort', cancel, { once: true });
    noteSidecar(this.sidecar);
    try {
      this.#stream.write({
        message: { $case: 'ask', value: { id, timeoutMs: 0, traceparent: activeTraceparent(), question } },
      });
      return await open.answer;
    } finally {
      signal.removeEventListener('abort', cancel);
      this.#questions.delete(id);
      this.#closeWhenRetired();
    }
  }

  /** Is asked nothing more, and is closed when its questions are answered. */
  retire(): void {
    this.#isRetired = true;
    this.#closeWhenRetired();
  }

  close(reason: Error = new SessionLost('the session was closed')): void {
    this.#lose(reason);
    // A stream that is cancelled in the tick in which it was opened is never reset: the sidecar would keep its session.
    setImmediate(() => this.#stream.cancel());
  }

  #closeWhenRetired(): void {
    if (this.#isRetired && this.#questions.size === 0) this.close();
  }

  #cancel(id: number, reason: Error): void {
    this.#stream.write({ message: { $case: 'cancel', value: { id } } });
    this.#questions.get(id)?.fail(reason);
  }

  #receive({ message }: SessionResponse): void {
    switch (message?.$case) {
      case 'opened':
        this.#questions.delete(0);
        this.#guardDigest = message.value.guardDigest;
        this.#opened.resolve(message.value);
        break;
      case 'answer':
        this.#questions.get(message.value.id)?.succeed(message.value);
        break;
      case 'failed':
        this.#questions.get(message.value.id)?.fail(questionError(message.value));
        break;
      case 'backendCall':
        void this.#answerBackendCall(message.value);
        break;
    }
  }

  async #answerBackendCall(call: BackendCall): Promise<void> {
    const question = this.#questions.get(call.id);
    if (question === undefined) return;
    const outcome = await this.#callBackend(call, question.signal);
    if (this.#lost !== undefined) return;
    this.#stream.write({
      message: { $case: 'backendResult', value: { id: call.id, call: call.call, outcome } },
    });
  }

  #lose(reason: Error): void {
    this.#lost ??= reason;
    this.#opened.reject(reason);
    for (const question of this.#questions.values()) question.fail(reason);
    this.#questions.clear();
  }
}

/** One question that waits for its answer. */
class OpenQuestion {
  readonly #answer = Promise.withResolvers<NonNullable<Answer['labels']>>();
  #ending: AbortController | undefined;

  constructor() {
    // The answer to `open` goes another way; nobody waits for this one.
    this.#answer.promise.catch(() => undefined);
  }

  get answer(): Promise<NonNullable<Answer['labels']>> {
    return this.#answer.promise;
  }

  /** Aborts when the question has ended: nobody needs its backend calls any more. */
  get signal(): AbortSignal {
    // Made for those that have backend calls: most have none, and an aborted signal costs as much as the question.
    this.#ending ??= new AbortController();
    return this.#ending.signal;
  }

  succeed({ labels }: Answer): void {
    if (labels === undefined) {
      this.fail(new GatewayError('INVALID_OUTPUT', 'the sidecar sent an answer without labels'));
    } else {
      this.#answer.resolve(labels);
      this.#ending?.abort();
    }
  }

  fail(reason: Error): void {
    this.#answer.reject(reason);
    this.#ending?.abort();
  }
}
