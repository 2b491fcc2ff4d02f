/** Part C: ends that come at the same moment, and guests that all spin at once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SessionResponse } from '../../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { GuardStream, Labels } from '../../harness/guard-stream.ts';
import { HostileGuards, hasEnd } from '../../harness/hostile-guards.ts';

const endless = { cpuMs: 60_000, deadlineMs: 600_000 };
const spinning = ['loops', 'counts-for-ever', 'calls-itself-twice', 'fills-table', 'copies-memory'];

describe('a question', () => {
  let guards: HostileGuards;
  before(async () => {
    const spinners = spinning.map((guest) => [guest, { limits: { ...endless, processes: 2 } }]);
    guards = await HostileGuards.serving({
      ...Object.fromEntries(spinners),
      'sleeps-as-told': { limits: { queueLength: 1_000 } },
      'burns-as-told': { limits: { cpuMs: 10_000 } },
      'calls-backend': {},
      'asks-backend-for-policy': {},
      'one-process': { guest: 'loops', limits: endless },
    });
  });
  after(() => guards[Symbol.asyncDispose]());

  it('C17 whose guest wakes up when its time is over ends in one way, 2,000 times', async () => {
    const streams = await Promise.all(
      Array.from({ length: 10 }, () => guards.sidecar.open('sleeps-as-told')),
    );
    const counted = streams.map((stream) => new Endings(stream));
    await Promise.all(streams.map((stream) => raceToDeadline((timeoutMs) => sleeps(stream, timeoutMs), 50)));
    const ends = counted.flatMap((each) => each.ends);
    assert.equal(ends.length, 2_000);
    // A session whose guest was killed again and again is held back for a moment, and who was lost with its process
    // twice is not run a third time: 14.
    const kinds = new Set(ends);
    assert.ok(kinds.has('answer') && kinds.has('failed 4'), [...kinds].join());
    assert.deepEqual([...kinds.difference(new Set(['answer', 'failed 4', 'failed 14']))], []);
    // The seats are free again.
    const later = await Promise.all(streams.map(() => guards.sidecar.open('sleeps-as-told')));
    await Promise.all(later.map((stream) => stream.labelResource('1')));
    await Promise.all(later.map((stream) => stream.close()));
    await Promise.all(streams.map((stream) => stream.close()));
    for (const each of counted) each.expectOneEach(200);
    await guards.isWhole();
  });

  it('C17 whose guest burns time until its time is over ends in one way, 60 times', async () => {
    const ends: string[] = [];
    await raceToDeadline(async (timeoutMs) => {
      // A session for each: one whose guest is killed again and again is held back.
      const stream = await guards.sidecar.open('burns-as-told');
      const counted = new Endings(stream);
      const isAnswered = await burns(stream, timeoutMs);
      await stream.labelResource('1');
      await stream.close();
      counted.expectOneEach(2);
      ends.push(...counted.ends.slice(0, 1));
      return [isAnswered];
    }, 60);
    assert.deepEqual([...new Set(ends)].sort(), ['answer', 'failed 4']);
    await guards.isWhole();
  });

  it('C18 that is cancelled while it waits in line, while it runs and while it waits for the backend ends so', async () => {
    const [runs, waits] = [
      await guards.sidecar.open('one-process'),
      await guards.sidecar.open('one-process'),
    ];
    const asks = await guards.sidecar.open('calls-backend');
    asks.answerBackend = () => new Promise(() => undefined);
    const before = guards.sidecar.log.length;
    const running = runs.labelResponse('get', {});
    await guards.sidecar.logged('looping', before);
    const waiting = waits.labelResponse('get', {});
    const asking = asks.labelResource('get');
    await asks.backendCall();
    for (const [stream, answer] of [
      [waits, waiting],
      [asks, asking],
      [runs, running],
    ] as const) {
      stream.cancel(stream.lastId);
      await assert.rejects(answer, hasEnd('CANCELLED', /the caller cancelled this question/));
    }
    asks.answerBackend = () => ({ $case: 'json', value: Buffer.from('{"resource":{}}') });
    await Promise.all([runs, waits, asks].map((stream) => stream.labelResource('get')));
    await Promise.all([runs, waits, asks].map((stream) => stream.close()));
    await guards.isWhole();
  });

  it('C18 that is cancelled while its session opens ends so, and the others behind it stay', async () => {
    const stream = guards.sidecar.stream();
    const policy = Promise.withResolvers<{ $case: 'json'; value: Buffer<ArrayBuffer> }>();
    stream.answerBackend = () => policy.promise;
    const opened = stream.open('asks-backend-for-policy');
    const [cancelled, answered] = [stream.labelResource('get'), stream.labelResource('get')];
    stream.cancel(1);
    await assert.rejects(cancelled, hasEnd('CANCELLED', /the caller cancelled/));
    policy.resolve({ $case: 'json', value: Buffer.from('{"difc_mode":"filter"}') });
    await Promise.all([opened, answered]);
    await stream.close();
  });

  it('C18 whose opening is cancelled ends with its stream', async () => {
    const stream = guards.sidecar.stream();
    stream.answerBackend = () => new Promise(() => undefined);
    const opened = stream.open('asks-backend-for-policy');
    await stream.backendCall();
    stream.cancel(0);
    await assert.rejects(opened, hasEnd('CANCELLED', /the caller cancelled/));
    await guards.isWhole();
  });

  it('C19 is answered while 100 questions to other guards spin in 10 processes, or wait to', async () => {
    const well = await guards.sidecar.open('calls-backend');
    well.answerBackend = () => ({ $case: 'json', value: Buffer.from('{"resource":{}}') });
    const spinners = await Promise.all(
      spinning.flatMap((guest) => Array.from({ length: 20 }, () => guards.sidecar.open(guest))),
    );
    const before = guards.sidecar.log.length;
    const spins = spinners.map((stream) => stream.labelResponse('get', {}));
    await guards.sidecar.logged('looping', before);
    let isSpinning = true;
    for (const spin of spins) spin.catch(() => (isSpinning = false));
    for (let question = 0; question < 20; question++) await well.labelResource('get');
    assert.ok(isSpinning, 'none has ended meanwhile');
    for (const stream of spinners) stream.stream.cancel();
    for (const spin of spins) await assert.rejects(spin, { code: 1 });
    const again = await Promise.all(spinning.map((guest) => guards.sidecar.open(guest)));
    await Promise.all(again.map((stream) => stream.labelResource('get')));
    await Promise.all([well, ...again].map((stream) => stream.close()));
    await guards.isWhole();
  });
});

/** Asks again and again, with more time after each deadline that passed, and less after each answer that was in time. */
async function raceToDeadline(
  ask: (timeoutMs: number) => Promise<readonly boolean[]>,
  rounds: number,
): Promise<void> {
  let timeoutMs = 20;
  for (let round = 0; round < rounds; round++) {
    const answered = (await ask(timeoutMs)).filter(Boolean).length;
    timeoutMs = answered === 0 ? timeoutMs + 3 : Math.max(timeoutMs - 1, 2);
  }
}

/** Four questions that take 15 ms or so: which of them are answered. */
function sleeps(stream: GuardStream, timeoutMs: number): Promise<readonly boolean[]> {
  const questions = Array.from({ length: 4 }, () => stream.labelResource('15', {}, { timeoutMs }));
  return Promise.all(questions.map(isAnswered));
}

/** A question that burns a few milliseconds. */
function burns(stream: GuardStream, timeoutMs: number): Promise<boolean> {
  return isAnswered(stream.labelResource('10000', {}, { timeoutMs }));
}

function isAnswered(question: Promise<Labels>): Promise<boolean> {
  return question.then(
    () => true,
    (error) => {
      if (error.reason !== 'GUARD_UNAVAILABLE' && error.reason !== 'PROCESS_LOST')
        hasEnd('DEADLINE_EXCEEDED', /did not end within \d+ ms$/)(error);
      return false;
    },
  );
}

/** How the questions of a stream ended, as it arrives. */
class Endings {
  readonly ends: string[] = [];
  readonly #counts = new Map<number, number>();

  constructor(stream: GuardStream) {
    stream.stream.on('data', ({ message }: SessionResponse) => {
      if (message?.$case !== 'answer' && message?.$case !== 'failed') return;
      const { id } = message.value;
      this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
      this.ends.push(message.$case === 'answer' ? 'answer' : `failed ${message.value.code}`);
    });
  }

  expectOneEach(questions: number): void {
    assert.equal(this.#counts.size, questions);
    const repeated = [...this.#counts].filter(([, count]) => count !== 1);
    assert.deepEqual(repeated, [], 'ids that were answered more than once');
  }
}
