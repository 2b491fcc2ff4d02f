import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GuardError } from '../../../sidecar/guard-error.ts';
import { TurnQueue } from '../../../sidecar/process/turn-queue.ts';

const [a, b, c] = [{}, {}, {}];
const never = new AbortController().signal;

/** A queue whose turns note their names as they begin, and last until they are ended. */
class Turns {
  readonly queue: TurnQueue;
  readonly begun: string[] = [];
  readonly #running: Disposable[] = [];

  constructor(queueLength = 100, queueWaitMs = 60_000) {
    this.queue = new TurnQueue({ queueLength, queueWaitMs });
  }

  enter(name: string, session: object, { isResumed = false, signal = never } = {}): Promise<void> {
    return this.queue.enter({ session, isResumed }, signal).then((turn) => {
      this.begun.push(name);
      this.#running.push(turn);
    });
  }

  /** Ends turns until nobody has one. */
  async endAll(): Promise<string[]> {
    for (;;) {
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
      const turn = this.#running.shift();
      if (turn === undefined) return this.begun;
      assert.equal(this.#running.length, 0, 'two turns at once');
      turn[Symbol.dispose]();
    }
  }
}

describe('a turn queue', () => {
  it('gives a free turn at once', async () => {
    const turns = new Turns();
    await turns.enter('only', a);
    assert.equal(turns.queue.length, 1);
    await turns.endAll();
    assert.equal(turns.queue.length, 0);
  });

  it('is first come first served for one session', async () => {
    const turns = new Turns();
    for (const name of ['1', '2', '3', '4']) void turns.enter(name, a);
    assert.deepEqual(await turns.endAll(), ['1', '2', '3', '4']);
  });

  it('gives one session no more than its share of the room, and the rest to others', async () => {
    const queue = new TurnQueue(
      { queueLength: 100, queueWaitMs: 60_000 },
      () => 8,
      (sessions) => 8 / sessions,
    );
    const enter = (session: object) => queue.enter({ session, isResumed: false }, never);
    const first = await Promise.all(Array.from({ length: 8 }, () => enter(a)));
    for (const turn of first) turn[Symbol.dispose]();
    const waiting: Promise<Disposable>[] = [];
    await enter(b);
    const ofA = await Promise.all(Array.from({ length: 4 }, () => enter(a)));
    for (let question = 0; question < 3; question++) waiting.push(enter(a));
    assert.equal(queue.taken, 5);
    await Promise.all([enter(b), enter(b)]);
    assert.equal(queue.taken, 7);
    for (const turn of ofA) turn[Symbol.dispose]();
    assert.equal((await Promise.all(waiting)).length, 3);
    assert.equal(queue.taken, 6);
  });

  it('lets sessions take turns with each other', async () => {
    const turns = new Turns();
    for (const name of ['a1', 'a2', 'a3', 'a4']) void turns.enter(name, a);
    for (const name of ['b1', 'b2']) void turns.enter(name, b);
    void turns.enter('c1', c);
    assert.deepEqual(await turns.endAll(), ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  it('lets what waited go on before new questions of the same session', async () => {
    const turns = new Turns();
    void turns.enter('runs', a);
    void turns.enter('new', a);
    void turns.enter('resumed', a, { isResumed: true });
    assert.deepEqual(await turns.endAll(), ['runs', 'resumed', 'new']);
  });

  it('does not let what waited of one session starve another session', async () => {
    const turns = new Turns();
    void turns.enter('runs', a);
    for (const name of ['a1', 'a2', 'a3']) void turns.enter(name, a, { isResumed: true });
    void turns.enter('b', b);
    assert.deepEqual(await turns.endAll(), ['runs', 'a1', 'b', 'a2', 'a3']);
  });

  it('refuses a new question when too many wait, and takes what waited all the same', async () => {
    const turns = new Turns(2);
    for (const name of ['runs', '1', '2']) void turns.enter(name, a);
    await assert.rejects(turns.enter('3', a), { code: 'QUEUE_FULL' });
    void turns.enter('resumed', b, { isResumed: true });
    assert.equal(turns.queue.length, 4);
    assert.deepEqual(await turns.endAll(), ['runs', '1', 'resumed', '2']);
    await turns.enter('again', b);
  });

  it('takes the place of the last one of the longest line for a session that has less in it', async () => {
    const turns = new Turns(3);
    for (const name of ['runs', 'a1', 'a2']) void turns.enter(name, a);
    const last = turns.enter('a3', a);
    void turns.enter('b1', b);
    await assert.rejects(last, { code: 'QUEUE_FULL' });
    await assert.rejects(turns.enter('b2', b), { code: 'QUEUE_FULL' }, 'as many as the other has is no less');
    await assert.rejects(turns.enter('a4', a), { code: 'QUEUE_FULL' });
    assert.deepEqual(await turns.endAll(), ['runs', 'a1', 'b1', 'a2']);
    assert.equal(turns.queue.length, 0);
  });

  it('lets nobody wait longer than they may, but who has run already', async () => {
    const turns = new Turns(10, 5);
    void turns.enter('runs', a);
    const resumed = turns.enter('resumed', a, { isResumed: true });
    await assert.rejects(turns.enter('late', b), {
      code: 'QUEUE_TIMEOUT',
      message: 'it had no turn within 5 ms, and never ran; ask again later',
    });
    assert.deepEqual(await turns.endAll(), ['runs', 'resumed']);
    await resumed;
    assert.equal(turns.queue.length, 0);
  });

  it('drops who gives up while waiting, with the reason, and the bound with it', async () => {
    const turns = new Turns(1);
    const giving = new AbortController();
    const reason = new GuardError('CANCELLED', 'it was cancelled');
    void turns.enter('runs', a);
    const given = turns.enter('given up', b, { signal: giving.signal });
    giving.abort(reason);
    await assert.rejects(given, reason);
    assert.equal(turns.queue.length, 1);
    void turns.enter('next', b);
    assert.deepEqual(await turns.endAll(), ['runs', 'next']);
    assert.equal(turns.queue.length, 0);
  });

  it('never starts work whose signal was aborted before', async () => {
    const turns = new Turns();
    const reason = new GuardError('DEADLINE_EXCEEDED', 'too late');
    await assert.rejects(turns.enter('late', a, { signal: AbortSignal.abort(reason) }), reason);
    assert.equal(turns.queue.length, 0);
  });

  it('is not held up by who gives up in the moment that the turn is theirs', async () => {
    const turns = new Turns();
    const giving = new AbortController();
    const first = await turns.queue.enter({ session: a, isResumed: false }, never);
    const second = turns.queue.enter({ session: a, isResumed: false }, giving.signal);
    first[Symbol.dispose]();
    giving.abort(new GuardError('CANCELLED', 'it was cancelled'));
    (await second)[Symbol.dispose]();
    assert.equal(turns.queue.length, 0);
  });

  it('keeps nothing of sessions that are through', async () => {
    const turns = new Turns(10_000);
    for (let i = 0; i < 1_000; i++) void turns.enter(`${i}`, {});
    await turns.endAll();
    assert.equal(turns.begun.length, 1_000);
    assert.equal(turns.queue.length, 0);
  });
});
