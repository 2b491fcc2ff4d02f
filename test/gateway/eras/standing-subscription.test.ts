import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Listen, StandingSubscription } from '../../../gateway/eras/standing-subscription.ts';

interface Opened {
  readonly params: string;
  readonly signal: AbortSignal;
  agree(...uris: string[]): void;
  end(error?: Error): void;
}

/** A subscription at a server that a test plays. */
class Stage implements Disposable {
  readonly opened: Opened[] = [];
  reopened = 0;
  readonly subscription: StandingSubscription;
  #next = Promise.withResolvers<void>();

  constructor() {
    const listen: Listen = (params, on, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => reject(signal.reason));
      const agree = (...uris: string[]) =>
        on.acknowledged(JSON.stringify({ notifications: { resourceSubscriptions: uris } }));
      const end = (error?: Error) => (error === undefined ? resolve() : reject(error));
      this.opened.push({ params, signal, agree, end });
      this.#next.resolve();
      this.#next = Promise.withResolvers();
      return promise;
    };
    this.subscription = new StandingSubscription(listen, () => this.reopened++);
  }

  async opening(count: number): Promise<Opened> {
    while (this.opened.length < count) await this.#next.promise;
    return this.opened[count - 1] ?? assert.fail();
  }

  [Symbol.dispose](): void {
    this.subscription[Symbol.dispose]();
  }
}

const never = new AbortController().signal;

suite('what a client with a session subscribes to at a server without', () => {
  test('is one subscription, opened anew with all that is asked for', async () => {
    using stage = new Stage();
    stage.subscription.listenToLists('{"tools":{"listChanged":true},"prompts":{"listChanged":false}}');
    const first = stage.subscription.add('"a:"', never);
    const second = stage.subscription.add('"b:"', never);
    const last = await stage.opening(3);
    assert.equal(
      last.params,
      '{"notifications":{"toolsListChanged":true,"resourceSubscriptions":["a:","b:"]}}',
    );
    assert.deepEqual(
      stage.opened.map(({ signal }) => signal.aborted),
      [true, true, false],
    );
    last.agree('a:', 'b:');
    await Promise.all([first, second]);
    stage.subscription.delete('"a:"');
    assert.match((await stage.opening(4)).params, /\["b:"\]/);
  });

  test('is answered when the server has agreed, and refused where it has not', async () => {
    using stage = new Stage();
    const adding = stage.subscription.add('"a:"', never);
    (await stage.opening(1)).agree('b:');
    await assert.rejects(adding, { code: 'BACKEND_ERROR' });
    const failing = stage.subscription.add('"a:"', never);
    (await stage.opening(2)).end(new Error('no such method'));
    await assert.rejects(failing, /no such method/);
    const leaving = new AbortController();
    const left = stage.subscription.add('"a:"', leaving.signal);
    leaving.abort(new Error('gone'));
    await assert.rejects(left, /gone/);
    assert.equal((await stage.opening(3)).signal.aborted, true);
  });

  test('is opened again when it ends, and the client learns that something may have changed', async () => {
    using stage = new Stage();
    const adding = stage.subscription.add('"a:"', never);
    const first = await stage.opening(1);
    first.agree('a:');
    await adding;
    first.end();
    const second = await stage.opening(2);
    assert.equal(stage.reopened, 0);
    second.agree('a:');
    assert.equal(stage.reopened, 1);
    assert.equal(second.params, first.params);
  });

  test('ends with the session, and has room for a thousand resources', async () => {
    using stage = new Stage();
    for (let index = 0; index < 1_000; index++)
      stage.subscription.add(`"${index}"`, never).catch(() => undefined);
    await assert.rejects(stage.subscription.add('"more"', never), { code: 'BACKEND_ERROR' });
    stage[Symbol.dispose]();
    assert.ok(stage.opened.every(({ signal }) => signal.aborted));
  });
});
