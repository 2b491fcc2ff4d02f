import { setTimeout as delay } from 'node:timers/promises';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { LabelerServiceClient } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { RandomChoice } from '../fuzz/random-choice.ts';
import {
  description,
  GuardStream,
  json,
  type Labels,
  QuestionError,
  StreamError,
} from '../harness/guard-stream.ts';
import { hostileGuests, soundGuests } from './soak-guests.ts';
import type { SoakTally } from './soak-tally.ts';

/** How often a question is asked when its streams end with UNAVAILABLE. */
const maxTries = 20;
/** Between two tries, in milliseconds. */
const retryPauseMs = 100;
/** Longest pause of a client between two sessions, in milliseconds. */
const maxPauseMs = 20;
/** Longest time that a backend takes, in milliseconds. */
const maxBackendMs = 20;

/** One client that opens sessions, asks, and leaves, until it is stopped. */
export class SoakClient {
  readonly #client: LabelerServiceClient;
  readonly #choice: RandomChoice;
  readonly #tally: SoakTally;
  #sessions = 0;

  constructor(client: LabelerServiceClient, choice: RandomChoice, tally: SoakTally) {
    this.#client = client;
    this.#choice = choice;
    this.#tally = tally;
  }

  /** Sessions of sound guests until the signal. Some are cut off. */
  async askSound(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const guard = this.#choice.pick(soundGuests);
      const questions = 1 + this.#choice.below(12);
      if (this.#choice.chance(0.1)) await this.#cutOff(guard, questions);
      else await this.#askAll(guard, questions);
      await delay(this.#choice.below(maxPauseMs));
    }
  }

  /** Sessions of hostile guests until the signal. */
  async askHostile(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const guard = this.#choice.pick(hostileGuests);
      const stream = this.#stream();
      const isOpen = await stream.open(guard).then(
        () => true,
        (error: unknown) => this.#endHostile(`open: ${reasonOf(error)}`),
      );
      for (let left = this.#choice.below(4); isOpen && left > 0; left--) await this.#provoke(stream);
      this.#leave(stream);
      await delay(this.#choice.below(maxPauseMs));
    }
  }

  async #provoke(stream: GuardStream): Promise<void> {
    const isBenign = this.#choice.chance(0.3);
    const answer = isBenign ? stream.labelResource('get') : stream.labelResponse('get', {});
    // Its client may lose interest while the guest works.
    const cancel = () => stream.stream.writable && stream.cancel(stream.lastId);
    if (this.#choice.chance(0.1)) setTimeout(cancel, this.#choice.below(100));
    await answer.then(
      () => this.#endHostile('answered'),
      (error: unknown) => this.#endHostile(reasonOf(error)),
    );
  }

  #endHostile(how: string): false {
    this.#tally.endHostile(how);
    return false;
  }

  async #askAll(guard: string, questions: number): Promise<void> {
    this.#tally.calls += questions;
    let left = questions;
    for (let tries = 0; left > 0; tries++) {
      if (tries === maxTries) return this.#tally.lose(`UNAVAILABLE ${maxTries} times`, left);
      if (tries > 0) await delay(retryPauseMs);
      left = await this.#tryAll(guard, left);
      this.#tally.askedAgain += left;
    }
  }

  /** How many of the questions are to be asked again. */
  async #tryAll(guard: string, questions: number): Promise<number> {
    const stream = this.#stream();
    const session = `session ${++this.#sessions} of ${guard}`;
    try {
      await stream.open(guard, { resource: { description: session } });
    } catch (error) {
      if (isUnavailable(error)) return questions;
      this.#tally.lose(`open: ${reasonOf(error)}`, questions);
      return 0;
    }
    const asked = Array.from({ length: questions }, () => this.#ask(stream, guard, session));
    const left = (await Promise.all(asked)).filter((isLeft) => isLeft).length;
    this.#leave(stream);
    return left;
  }

  /** True when it is to be asked again. */
  async #ask(stream: GuardStream, guard: string, session: string): Promise<boolean> {
    const answer = stream.labelResource('get');
    const expected = guard === 'remembers-policy' ? session : `question ${stream.lastId}`;
    try {
      this.#expect(await answer, expected);
    } catch (error) {
      // A question that lost its process twice is no stream that ended.
      if (error instanceof QuestionError && error.reason === 'PROCESS_LOST') this.#tally.processLost++;
      else if (isUnavailable(error)) return true;
      else this.#tally.lose(reasonOf(error));
    }
    return false;
  }

  #expect(labels: Labels, expected: string): void {
    const actual = description(labels);
    if (actual === expected) this.#tally.answered++;
    else this.#tally.lose(`labels of somebody else: ${actual} for ${expected}`);
  }

  async #cutOff(guard: string, questions: number): Promise<void> {
    const stream = this.#stream();
    void stream.open(guard).catch(() => undefined);
    for (let left = questions; left > 0; left--) void stream.labelResource('get').catch(() => undefined);
    this.#tally.cutOff += questions;
    await delay(this.#choice.below(maxBackendMs * 2));
    this.#goAway(stream);
  }

  #stream(): GuardStream {
    const stream = new GuardStream(this.#client.session());
    // grpc-js complains, without metadata, about messages that arrive behind the end of a stream.
    stream.stream.prependListener('error', (error: Partial<ServiceError>) => {
      error.metadata ??= new Metadata();
    });
    stream.answerBackend = async ({ id }) => {
      await delay(this.#choice.below(maxBackendMs));
      return json({ resource: { description: `question ${id}` } });
    };
    return stream;
  }

  /** In good order, or not. */
  #leave(stream: GuardStream): void {
    if (this.#choice.chance(0.5)) stream.stream.end();
    else this.#goAway(stream);
  }

  #goAway(stream: GuardStream): void {
    stream.stream.cancel();
  }
}

function isUnavailable(error: unknown): boolean {
  return (
    (error instanceof StreamError || error instanceof QuestionError) && error.code === status.UNAVAILABLE
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof StreamError || error instanceof QuestionError)) return String(error);
  return error.reason === '' ? `status ${error.code}: ${error.message}` : error.reason;
}
