import type { Client } from '@grpc/grpc-js';
import type { SessionRequest } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import { RawSession, type StreamEnd } from '../harness/raw-session.ts';
import type { RandomChoice } from './random-choice.ts';
import { SessionBook } from './session-book.ts';
import {
  askMessage,
  decoded,
  encoded,
  garbageBytes,
  largeAsk,
  movesOf,
  mutatedBytes,
  oddResult,
  openMessage,
  oversizedBytes,
  resultMessage,
} from './session-moves.ts';

type Message = NonNullable<SessionRequest['message']>;

/** How long a stream may take to end when nothing keeps it, in milliseconds: what is hung takes for ever. */
const patienceMs = 30_000;

/** Plays one stream: random moves, then an end in good order where the stream still is in good order. */
export class SessionPlayer {
  readonly #name: string;
  readonly #choice: RandomChoice;
  readonly #session: RawSession;
  readonly #book = new SessionBook();
  readonly #played: string[] = [];
  readonly #moves: ReturnType<typeof movesOf>;
  #violation: unknown;
  #isCancelled = false;
  #hasSentLarge = false;
  #lastId = 0;

  constructor(name: string, client: Client, choice: RandomChoice) {
    this.#name = name;
    this.#choice = choice;
    this.#moves = movesOf(choice.chance(0.5));
    this.#session = new RawSession(client, (response) => {
      try {
        this.#book.received(response);
      } catch (error) {
        this.#violation ??= error;
        this.#session.cancel();
      }
    });
  }

  /** Plays it to its end. Throws on a violation of the protocol. */
  async play(guard: string): Promise<{ end: StreamEnd; answered: number; failed: number }> {
    try {
      if (this.#choice.chance(0.95)) this.#say(openMessage(guard, this.#name, this.#choice));
      for (let left = this.#choice.below(60); left > 0 && !this.#session.hasEnded; left--) await this.#move();
      const end = await within(patienceMs, this.#end());
      if (this.#violation !== undefined) throw this.#violation;
      this.#book.ended(end, this.#isCancelled);
      return { end, answered: this.#book.answered, failed: this.#book.failed };
    } catch (cause) {
      const played = this.#played.join(' ');
      throw new Error(`${this.#name}, guard ${guard}: ${String(cause)}; it played ${played}`, { cause });
    }
  }

  async #move(): Promise<void> {
    const move = this.#choice.weighted(this.#moves);
    if (this.#session.isHalfClosed && !['turn', 'cancelStream'].includes(move)) return;
    this.#played.push(move);
    switch (move) {
      case 'turn':
        return this.#turn();
      case 'oddAsk':
        // Until then 0 is the opening's own, and in use.
        if (!this.#book.hasOpened) return;
        return this.#say(this.#message(move));
      case 'halfClose':
        return this.#session.halfClose();
      case 'cancelStream':
        return this.#cancelStream();
      case 'oversized':
        // While it writes answers, grpc-js (1.14) keeps the status for this to itself, and the stream does not end.
        if (!this.#book.hasOpened || this.#book.dueIds.length > 0) return;
        this.#hasSentLarge = true;
        this.#book.sentOversized();
        return this.#session.send(oversizedBytes());
      case 'mutated':
        return this.#send(mutatedBytes(this.#anyMessage(), this.#choice));
      case 'garbage':
        return this.#send(garbageBytes(this.#choice));
      case 'answerCall':
        return this.#answerCall();
      default:
        return this.#say(this.#message(move));
    }
  }

  #message(
    move: 'ask' | 'cancel' | 'oddResult' | 'oddAsk' | 'empty' | 'openAgain' | 'largeAsk',
  ): Message | undefined {
    switch (move) {
      case 'ask':
        return askMessage(this.#newId(), this.#choice);
      case 'oddAsk':
        return askMessage(this.#choice.pick([0, 0, ...this.#book.dueIds]), this.#choice);
      case 'largeAsk':
        this.#hasSentLarge = true;
        return largeAsk(this.#newId());
      case 'openAgain':
        return openMessage('answers-public', this.#name, this.#choice);
      case 'cancel':
        return { $case: 'cancel', value: { id: this.#someId() } };
      case 'oddResult':
        return oddResult(this.#someId(), this.#name, this.#choice);
      case 'empty':
        return undefined;
    }
  }

  #anyMessage(): Message {
    const id = this.#choice.chance(0.5) ? this.#newId() : this.#someId();
    return this.#choice.pick([
      openMessage('calls-backend', this.#name, this.#choice),
      askMessage(id, this.#choice),
      resultMessage({ id, call: 1 }, this.#name),
    ]);
  }

  /** Mostly of a question under way; 0 is the opening's. */
  #someId(): number {
    return this.#choice.pick([0, this.#lastId + 1, 0xffff_ffff, this.#lastId, ...this.#book.dueIds]);
  }

  /** New, or used before: an id is free again when its question was answered. */
  #newId(): number {
    const old = 1 + this.#choice.below(this.#lastId + 1);
    if (this.#choice.chance(0.1) && !this.#book.dueIds.includes(old)) return old;
    return ++this.#lastId;
  }

  #answerCall(): void {
    const call = this.#book.takeCall();
    if (call !== undefined) this.#say(resultMessage(call, this.#name));
  }

  #say(message: Message | undefined): void {
    this.#send(encoded(message));
  }

  #send(bytes: Uint8Array): void {
    if (this.#session.isHalfClosed || this.#session.hasEnded) return;
    this.#book.sent(decoded(bytes));
    this.#session.send(bytes);
  }

  /** While it is still writing, Node's HTTP/2 client (26) keeps a cancel to itself, and the sidecar never learns of it. */
  async #cancelStream(): Promise<void> {
    if (this.#hasSentLarge) return;
    await nextTurn();
    this.#isCancelled = true;
    this.#session.cancel();
  }

  /** Lets the event loop go round, so that messages arrive. */
  async #turn(): Promise<void> {
    for (let left = this.#choice.below(this.#choice.pick([5, 50, 200])); left > 0; left--) await nextTurn();
  }

  /** Asks once more, answers all backend calls, and half-closes when nothing is due any more. */
  async #end(): Promise<StreamEnd> {
    if (this.#book.isOpenSent) this.#say(askMessage(++this.#lastId, this.#choice));
    while (!this.#session.hasEnded && !this.#isIdle()) {
      const { progress } = this.#book;
      for (let call = this.#book.takeCall(); call !== undefined; call = this.#book.takeCall())
        this.#say(resultMessage(call, this.#name));
      await Promise.race([progress, this.#session.ended]);
    }
    if (!this.#session.hasEnded && !this.#session.isHalfClosed) this.#session.halfClose();
    return this.#session.ended;
  }

  /** Nothing will come any more but the end. */
  #isIdle(): boolean {
    if (this.#session.isHalfClosed || this.#book.mustFail || this.#isCancelled) return true;
    return this.#book.dueIds.length === 0 && (this.#book.hasOpened || !this.#book.isOpenSent);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function within<T>(ms: number, result: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the stream is not done after ${ms} ms`)), ms);
  try {
    return await Promise.race([result, promise]);
  } finally {
    clearTimeout(timer);
  }
}
