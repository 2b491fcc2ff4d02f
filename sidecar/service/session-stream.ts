import type { ServerDuplexStream } from '@grpc/grpc-js';
import type {
  Ask,
  BackendCall,
  Open,
  Opened,
  SessionRequest,
  SessionResponse,
} from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { faultOf } from '../fault-of.ts';
import type { Guard } from '../guard/guard.ts';
import type { GuardCatalog } from '../guard/guard-catalog.ts';
import { GuardSession } from '../guard/guard-session.ts';
import { asGuardError, GuardError } from '../guard-error.ts';
import { answerParser } from '../guard-output/answer-parser.ts';
import { maxOpenQuestions } from '../limits.ts';
import type { Log } from '../log.ts';
import { orAborted } from '../or-aborted.ts';
import { failedQuestion, grpcStatus } from './grpc-status.ts';
import { OpenQuestion } from './open-question.ts';
import { policyInput, questionInput } from './question-input.ts';
import { secondOpen, sessionEnded, shuttingDown, tooManyQuestions } from './session-endings.ts';
import { tellOfQuestion } from './told-question.ts';

/** The id of the backend calls that `label_agent` makes. */
const openingId = 0;

interface OpeningSession {
  readonly session: GuardSession;
  /** Settles when the guard has accepted the policy. */
  readonly opened: Promise<void>;
  hasOpened: boolean;
}

/** One stream: one guard session from its `open` to its end. It only carries messages; the session does the work. */
export class SessionStream {
  readonly #call: ServerDuplexStream<SessionRequest, SessionResponse>;
  readonly #catalog: GuardCatalog;
  readonly #log: Log;
  readonly #questions = new Map<number, OpenQuestion>();
  #opening: OpeningSession | undefined;
  #working = 0;
  #isListening = true;
  #isDraining = false;
  #hasEnded = false;

  constructor(call: ServerDuplexStream<SessionRequest, SessionResponse>, catalog: GuardCatalog, log: Log) {
    this.#call = call;
    this.#catalog = catalog;
    this.#log = log;
    call.on('data', (request: SessionRequest) => this.#receive(request));
    call.on('end', () => this.#stopListening());
    call.on('cancelled', () => this.#close(new GuardError('CANCELLED', 'the caller went away')));
    call.on('drain', () => call.resume());
    // The status was sent, or the transport is gone; `cancelled` follows.
    call.on('error', () => undefined);
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  sendBackendCall(value: BackendCall): void {
    this.#send({ message: { $case: 'backendCall', value } });
  }

  /** Takes no more questions, and ends the stream as soon as those under way are answered. */
  drain(): void {
    this.#isDraining = true;
    this.#endWhenDone();
  }

  /** Ends the stream with a status: the work under way is ended, too. */
  shutDown(): void {
    this.#fail(shuttingDown);
  }

  /** Whether a question is under way. */
  get isBusy(): boolean {
    return this.#working > 0;
  }

  /** The one place where a fault of a handler ends up: grpc-js would take the process down with it. */
  async #receive({ message }: SessionRequest): Promise<void> {
    if (this.#hasEnded) return;
    this.#working++;
    try {
      await this.#dispatch(message);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#working--;
      this.#endWhenDone();
    }
  }

  async #dispatch(message: SessionRequest['message']): Promise<void> {
    switch (message?.$case) {
      case 'open':
        return this.#open(message.value);
      case 'ask':
        return this.#ask(message.value);
      case 'backendResult':
        this.#expectOpening();
        return this.#questions.get(message.value.id)?.receive(message.value);
      case 'cancel': {
        this.#expectOpening();
        const reason = new GuardError('CANCELLED', 'the caller cancelled this question');
        return this.#questions.get(message.value.id)?.end(reason);
      }
      default:
        throw new GuardError('INVALID_REQUEST', 'a message must be open, ask, backend_result or cancel');
    }
  }

  async #open(open: Open): Promise<void> {
    if (this.#opening !== undefined) throw secondOpen;
    const guard = this.#catalog.guard(open.guard);
    await tellOfQuestion({ ...open, question: 'label_agent' }, () => this.#openWith(guard, open));
  }

  async #openWith(guard: Guard, open: Open): Promise<void> {
    const session = new GuardSession(guard, {
      policy: open.policy.length === 0 ? undefined : policyInput(open.policy),
      principal: open.principal,
      onReload: (opened) => this.#sendOpened(opened),
    });
    const question = this.#begin(session, { ...open, id: openingId });
    const opened = this.#openSession(session, question);
    const opening = { session, opened, hasOpened: false };
    this.#opening = opening;
    await opened;
    opening.hasOpened = true;
  }

  async #openSession(session: GuardSession, question: OpenQuestion): Promise<void> {
    try {
      this.#sendOpened(await session.open(question));
    } catch (error) {
      // Before the questions that wait for it learn of it: they failed with their stream.
      this.#fail(error);
      throw error;
    } finally {
      this.#finish(openingId, question);
    }
  }

  async #ask(ask: Ask): Promise<void> {
    const { id } = ask;
    const opening = this.#expectOpening();
    if (id === openingId || this.#questions.has(id)) {
      throw new GuardError(
        'INVALID_REQUEST',
        `a question needs an id that is not 0 and not in use; ${id} is`,
      );
    }
    if (this.#isDraining) return this.#sendFailed(id, shuttingDown);
    if (this.#questions.size >= maxOpenQuestions) return this.#sendFailed(id, tooManyQuestions);
    const question = this.#begin(opening.session, ask);
    try {
      const input = questionInput(ask.question);
      const told = { guard: opening.session.guardName, question: input.export, traceparent: ask.traceparent };
      const labels = await tellOfQuestion(told, async () => {
        // Questions may be sent right behind `open`; their time runs while they wait for it.
        if (!opening.hasOpened) await orAborted(opening.opened, question.signal);
        return opening.session.ask(input, answerParser(ask), question);
      });
      this.#send({ message: { $case: 'answer', value: { id, labels } } });
    } catch (error) {
      // The client is to open the session again: what else is under way here, too, belongs to the old one.
      if (asGuardError(error).code === 'GUARD_RELOADED') this.#fail(error);
      else this.#sendFailed(id, error);
    } finally {
      this.#finish(id, question);
    }
  }

  #expectOpening(): OpeningSession {
    if (this.#opening !== undefined) return this.#opening;
    throw new GuardError('INVALID_REQUEST', 'the first message must be open');
  }

  #begin(
    session: GuardSession,
    question: { id: number; timeoutMs: number; traceparent: string },
  ): OpenQuestion {
    const limitMs = session.deadlineMs;
    const timeoutMs = question.timeoutMs === 0 ? limitMs : Math.min(question.timeoutMs, limitMs);
    const open = new OpenQuestion(this, { ...question, guard: session.guardName, timeoutMs });
    this.#questions.set(question.id, open);
    return open;
  }

  #finish(id: number, question: OpenQuestion): void {
    question[Symbol.dispose]();
    this.#questions.delete(id);
  }

  #sendOpened(value: Opened): void {
    this.#send({ message: { $case: 'opened', value } });
  }

  #sendFailed(id: number, error: unknown): void {
    const { code, message, cause } = asGuardError(error);
    if (code === 'INTERNAL') this.#log.write('error', 'internal error', faultOf(cause ?? new Error(message)));
    this.#send({ message: { $case: 'failed', value: failedQuestion(id, error) } });
  }

  /** A client that does not read is not read from either: what is queued for it stays bounded by its open questions. */
  #send(response: SessionResponse): void {
    if (this.#hasEnded) return;
    if (!this.#call.write(response)) this.#call.pause();
  }

  #stopListening(): void {
    this.#isListening = false;
    for (const question of this.#questions.values()) question.stopListening();
    this.#endWhenDone();
  }

  /** A client that half-closed gets the answers that are due, then status OK. */
  #endWhenDone(): void {
    if (this.isBusy || this.#hasEnded) return;
    if (!this.#isListening) {
      this.#close(sessionEnded);
      this.#call.end();
    } else if (this.#isDraining) {
      this.#fail(shuttingDown);
    }
  }

  #fail(error: unknown): void {
    if (this.#hasEnded) return;
    if (asGuardError(error).code === 'INTERNAL') this.#log.write('error', 'internal error', faultOf(error));
    this.#close(sessionEnded);
    this.#call.emit('error', grpcStatus(error));
  }

  #close(reason: GuardError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#isListening = false;
    for (const question of this.#questions.values()) question.end(reason);
    this.#opening?.session[Symbol.dispose]();
  }
}
