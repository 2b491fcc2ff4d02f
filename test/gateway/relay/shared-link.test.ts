import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Backend, ownHello } from '../../../gateway/backend/backend.ts';
import type { LinkListener, ServerLink } from '../../../gateway/backend/server-link.ts';
import { SharedLink, SharedListeners } from '../../../gateway/relay/shared-link.ts';
import { type RpcNotification, readMessage } from '../../../gateway/rpc/rpc-message.ts';
import { writeNotification } from '../../../gateway/rpc/write-message.ts';
import { HttpTransport } from '../../../gateway/server-transport/http-transport.ts';
import { ScriptedBackends } from '../../harness/scripted-backend.ts';
import { silentLog } from '../silent-log.ts';

const never = new AbortController().signal;

let scripted: ScriptedBackends;
before(async () => {
  scripted = await ScriptedBackends.start();
});
after(() => scripted[Symbol.asyncDispose]());

/** A listener, and what it hears. */
function listener() {
  const heard: string[] = [];
  const listening: LinkListener = {
    request: () => assert.fail('nobody asks one client'),
    notification: ({ method }) => heard.push(method),
    reopened: () => heard.push('reopened'),
  };
  return { listening, heard };
}

function notificationOf(method: string): RpcNotification {
  return writeNotification(method, '{"leak":1}');
}

suite('the listeners of a shared connection', () => {
  test('hear that lists are others, and nothing else, as long as they are there', async () => {
    const listeners = new SharedListeners();
    const [one, other] = [listener(), listener()];
    for (const { listening } of [one, other]) listeners.add(listening);
    for (const method of ['progress', 'message', 'resources/updated', 'tools/list_changed', 'cancelled'])
      listeners.notification(notificationOf(`notifications/${method}`));
    listeners.delete(other.listening);
    listeners.reopened();
    assert.deepEqual(one.heard, ['notifications/tools/list_changed', 'reopened']);
    assert.deepEqual(other.heard, ['notifications/tools/list_changed']);
  });

  test('are asked nothing: requests of the server are refused', async () => {
    const request = readMessage('{"jsonrpc":"2.0","id":"a","method":"sampling/createMessage"}');
    assert.ok(request.kind === 'request');
    const { text } = await new SharedListeners().request(request);
    assert.equal(text, '{"jsonrpc":"2.0","id":"a","error":{"code":-32601,"message":"Method not found"}}');
  });
});

suite('a way over a shared connection', () => {
  test('takes no progress tokens along, and nothing that one client says of itself', async () => {
    const listeners = new SharedListeners();
    const url = scripted.add('/shared', [{ name: 'hello', script: { result: { content: [] } } }]);
    const client = { hello: () => ownHello, listener: listeners };
    const transport = (on: ConstructorParameters<typeof HttpTransport>[1]) =>
      new HttpTransport({ url, headers: {} }, on);
    await using backend = new Backend('shared', transport, { log: silentLog, client });
    const { listening, heard } = listener();
    const link: ServerLink = new SharedLink(backend, listeners, listening);
    for (const meta of ['{"progressToken":1,"n":1e400}', '"progressToken"', '{"progressToken":{}}']) {
      const params = `{"name":"hello","arguments":{"progressToken":1},"_meta":${meta}}`;
      await link.request({ method: 'tools/call', params }, never);
    }
    link.notify(notificationOf('notifications/roots/list_changed'));
    await link[Symbol.asyncDispose]();
    listeners.notification(notificationOf('notifications/tools/list_changed'));
    assert.deepEqual(heard, []);
    await backend.request({ method: 'tools/list', params: '{}' }, never);
    const sent = (scripted.texts.get('/shared') ?? []).filter((text) => text.includes('tools/call'));
    assert.deepEqual(
      sent.map((text) => /"_meta":(.*)\}\}$/.exec(text)?.[1]),
      ['{"n":1e400}', '"progressToken"', '{}'],
    );
    assert.ok(sent.every((text) => text.includes('"arguments":{"progressToken":1}')));
    assert.doesNotMatch(scripted.texts.get('/shared')?.join() ?? '', /roots/);
  });

  test('offers what its server offers, but for what is one client’s own', async () => {
    const listeners = new SharedListeners();
    const result =
      '{"protocolVersion":"2025-11-25","capabilities":{"logging":{},"tasks":{},"resources":{"subscribe":true,"listChanged":true},"tools":{"n":1.0}},"x":1}';
    const backend = { welcome: async () => result } as unknown as Backend;
    const link = new SharedLink(backend, listeners, listener().listening);
    assert.equal(
      await link.welcome(never),
      '{"protocolVersion":"2025-11-25","capabilities":{"resources":{"listChanged":true},"tools":{"n":1.0}},"x":1}',
    );
  });
});
