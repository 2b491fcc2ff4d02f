import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { LinkRequest, ServerLink } from '../../../gateway/backend/server-link.ts';
import { AgentListeners } from '../../../gateway/eras/agent-listeners.ts';
import { listenToSession } from '../../../gateway/eras/listen-to-session.ts';
import { writeNotification } from '../../../gateway/rpc/write-message.ts';

const offered = { tools: { listChanged: true }, prompts: {}, resources: { subscribe: true } };

/** A connection of an agent's, and clients that listen over it. */
class Stage {
  readonly listeners = new AgentListeners();
  /** What the server was asked. */
  readonly asked: string[] = [];
  readonly refused = new Set<string>();
  readonly #capabilities: object;
  #asked = Promise.withResolvers<void>();

  constructor(capabilities: object = offered) {
    this.#capabilities = capabilities;
  }

  listen(filter: object, id = '1') {
    const told: string[] = [];
    const leaving = new AbortController();
    const acknowledged = Promise.withResolvers<Record<string, unknown>>();
    const context = {
      progressToken: undefined,
      progressed: () => undefined,
      wait: () => new DisposableStack(),
      send: (text: string) => acknowledged.resolve(JSON.parse(text).params),
    };
    const listener = {
      request: () => assert.fail('nobody asks'),
      notification: ({ text }: { text: string }) => void told.push(text),
      reopened: () => assert.fail('of each list alone'),
    };
    const request = {
      method: 'subscriptions/listen',
      params: JSON.stringify({ notifications: filter }),
      context,
    };
    const client = { id, meta: '{}', listener };
    const session = { link: this.#link(), listeners: this.listeners };
    const result = listenToSession({ request, client, session }, leaving.signal);
    acknowledged.promise.catch(() => undefined);
    result.catch(acknowledged.reject);
    return { told, acknowledged: acknowledged.promise, result, leave: () => leaving.abort() };
  }

  say(method: string, params?: string): void {
    this.listeners.notification(writeNotification(method, params), undefined);
  }

  /** Waits until the server was asked that. */
  async wasAsked(text: string): Promise<void> {
    while (!this.asked.includes(text)) await this.#asked.promise;
  }

  #link(): ServerLink {
    return {
      welcome: async () => JSON.stringify({ capabilities: this.#capabilities }),
      request: async ({ method, params }: LinkRequest) => {
        this.asked.push(`${method} ${params}`);
        this.#asked.resolve();
        this.#asked = Promise.withResolvers();
        if (this.refused.has(params)) throw new Error('refused');
        return '{}';
      },
      notify: () => undefined,
      findTool: async () => undefined,
      noteTools: () => ({ tools: [], nextCursor: undefined }),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
}

suite('a subscription over a connection with a session', () => {
  test('agrees to what the server tells, and to nothing else', async () => {
    const stage = new Stage();
    stage.refused.add('{"uri":"b:"}');
    const filter = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourceSubscriptions: ['a:', 'b:', 'a:'],
    };
    assert.deepEqual(await stage.listen(filter).acknowledged, {
      _meta: { 'io.modelcontextprotocol/subscriptionId': 1 },
      notifications: { toolsListChanged: true, resourceSubscriptions: ['a:'] },
    });
    assert.deepEqual(stage.asked, ['resources/subscribe {"uri":"a:"}', 'resources/subscribe {"uri":"b:"}']);
    const bare = new Stage({ resources: {} });
    assert.deepEqual((await bare.listen(filter).acknowledged).notifications, {});
    assert.deepEqual(bare.asked, []);
  });

  test('tells what was asked for, with its own id, and nothing besides', async () => {
    const stage = new Stage();
    const { acknowledged, told } = stage.listen({ resourceSubscriptions: ['a:'] }, '"x"');
    await acknowledged;
    stage.say('notifications/tools/list_changed');
    stage.say('notifications/resources/updated', '{"uri":"b:"}');
    stage.say('notifications/resources/updated', '{"uri":"a:","_meta":{"n":1.0}}');
    assert.deepEqual(told, [
      '{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a:","_meta":{"n":1.0,"io.modelcontextprotocol/subscriptionId":"x"}}}',
    ]);
  });

  test('subscribes once for all that listen, and unsubscribes with the last', async () => {
    const stage = new Stage();
    const both = [
      stage.listen({ resourceSubscriptions: ['a:'] }),
      stage.listen({ resourceSubscriptions: ['a:'] }),
    ];
    for (const { acknowledged } of both) await acknowledged;
    const subscribed = 'resources/subscribe {"uri":"a:"}';
    assert.deepEqual(stage.asked, [subscribed]);
    both[0]?.leave();
    await assert.rejects(both[0]?.result ?? assert.fail());
    assert.deepEqual(stage.asked, [subscribed]);
    both[1]?.leave();
    await stage.wasAsked('resources/unsubscribe {"uri":"a:"}');
  });

  test('subscribes again, and says that the lists may be others, where the connection is a new one', async () => {
    const stage = new Stage();
    const { acknowledged, told } = stage.listen({ toolsListChanged: true, resourceSubscriptions: ['a:'] });
    await acknowledged;
    stage.asked.length = 0;
    stage.listeners.reopened();
    assert.deepEqual(stage.asked, ['resources/subscribe {"uri":"a:"}']);
    assert.deepEqual(
      told.map((text) => JSON.parse(text).method),
      ['notifications/tools/list_changed'],
    );
  });

  test('ends with a result when the connection is closed for good', async () => {
    const stage = new Stage();
    const { acknowledged, result } = stage.listen({}, '7');
    await acknowledged;
    stage.listeners.close();
    assert.equal(await result, '{"_meta":{"io.modelcontextprotocol/subscriptionId":7}}');
  });

  test('is refused where it asks for nothing readable, or for too much', async () => {
    const uris = Array.from({ length: 1_001 }, (_, index) => `a:${index}`);
    for (const resourceSubscriptions of ['a:', [1], uris])
      await assert.rejects(new Stage().listen({ resourceSubscriptions }).result, { code: -32602 });
    await assert.rejects(new Stage().listen([]).result, { code: -32602 });
  });
});

suite('what a server says on the connection of an agent', () => {
  test('is told those that listen, though one request is under way that could have caused it', () => {
    const listeners = new AgentListeners();
    const heard: string[] = [];
    const hear = (who: string) => ({ notification: () => void heard.push(who) });
    listeners.add({ ...hear('listening'), reopened: () => undefined, ended: () => undefined });
    const context = {
      progressToken: undefined,
      send: () => undefined,
      progressed: () => undefined,
      wait: () => new DisposableStack(),
      listener: hear('calling'),
    };
    listeners.notification(writeNotification('notifications/tools/list_changed'), context);
    listeners.notification(writeNotification('notifications/message', '{}'), context);
    listeners.notification(writeNotification('notifications/message', '{}'), undefined);
    assert.deepEqual(heard, ['listening', 'calling']);
  });

  test('is more only where a client wants more than those before, and anew on a new connection', () => {
    const listeners = new AgentListeners();
    const said = ['error', 'info', 'info', 'warning', 'debug'].map((level) => listeners.lowersLevel(level));
    assert.deepEqual(said, [true, true, false, false, true]);
    listeners.reopened();
    assert.equal(listeners.lowersLevel('error'), true);
  });
});
