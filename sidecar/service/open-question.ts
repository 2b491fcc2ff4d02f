import type {
  BackendCall as BackendCallMessage,
  BackendResult,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { BackendCall, Labeling } from '../guard/labeling.ts';
import { GuardError } from '../guard-error.ts';
import type { BackendAnswer } from '../guest/backend-calls.ts';
import { orAborted } from '../or-aborted.ts';
import { backendAnswer, backendGone } from './backend-answer.ts';
import { tellOfBackendCall } from './told-backend-call.ts';

/** What a question needs of its stream. */
export interface QuestionStream {
  /** Whether the client can still answer backend calls. */
  readonly isListening: boolean;
  sendBackendCall(call: BackendCallMessage): void;
}

/** One question under way: its deadline, its backend calls, and all that can end it. */
export class OpenQuestion implements Labeling, Disposable {
  readonly #id: number;
  readonly #stream: QuestionStream;
  readonly #guard: string;
  readonly #traceparent: string;
  readonly #ending = new AbortController();
  readonly #deadline: NodeJS.Timeout;
  readonly #calls = new Map<number, PromiseWithResolvers<BackendAnswer>>();
  #lastCall = 0;

  constructor(
    stream: QuestionStream,
    question: { id: number; guard: string; timeoutMs: number; traceparent: string },
  ) {
    this.#id = question.id;
    this.#stream = stream;
    this.#guard = question.guard;
    this.#traceparent = question.traceparent;
    const sentence = `the labeling did not end within ${question.timeoutMs} ms`;
    const end = () => this.end(new GuardError('DEADLINE_EXCEEDED', sentence));
    this.#deadline = setTimeout(end, question.timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Ends the question, down to the guest. */
  end(reason: GuardError): void {
    this.#ending.abort(reason);
    for (const call of this.#calls.values()) call.reject(reason);
  }

  async callBackend(call: BackendCall, signal: AbortSignal): Promise<BackendAnswer> {
    if (!this.#stream.isListening) return backendGone;
    const told = { guard: this.#guard, tool: call.tool, traceparent: this.#traceparent };
    return tellOfBackendCall(told, (traceparent) => this.#ask(call, traceparent, signal));
  }

  /** The client's answer to one call. One that nobody waits for any more is dropped. */
  receive(result: BackendResult): void {
    this.#calls.get(result.call)?.resolve(backendAnswer(result));
  }

  /** The client will answer no more. */
  stopListening(): void {
    for (const call of this.#calls.values()) call.resolve(backendGone);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#deadline);
  }

  async #ask({ tool, args }: BackendCall, traceparent: string, signal: AbortSignal): Promise<BackendAnswer> {
    const number = ++this.#lastCall;
    const answer = Promise.withResolvers<BackendAnswer>();
    this.#calls.set(number, answer);
    this.#stream.sendBackendCall({ id: this.#id, call: number, tool, args, traceparent });
    try {
      return await orAborted(answer.promise, signal);
    } finally {
      this.#calls.delete(number);
    }
  }
}
