/** How the endpoint of 2026-07-28 answers, and what it holds while it waits. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ModernEndpoint } from '../../../gateway/modern-endpoint/modern-endpoint.ts';
import { type ModernLimits, modernLimits } from '../../../gateway/modern-endpoint/modern-limits.ts';
import { writeFailure } from '../../../gateway/rpc/write-message.ts';
import { type RawRequest, rawRequest } from '../../e2e/raw-request.ts';
import { SseConnection } from '../client-endpoint/sse-connection.ts';
import { ModernListener } from './modern-listener.ts';
import { modernPost } from './modern-message.ts';
import { type Asked, complete, ScriptedModernPeer } from './scripted-modern-peer.ts';

async function serve(script?: (asked: Asked) => void, limits: Partial<ModernLimits> = {}) {
  const peer = new ScriptedModernPeer(script);
  const endpoint = new ModernEndpoint(peer, { ...modernLimits, ...limits });
  const listener = await ModernListener.start(endpoint);
  return {
    peer,
    endpoint,
    listener,
    ask: (request: RawRequest) => rawRequest(listener.port, request),
    open: (request: RawRequest) => SseConnection.open(listener.port, request),
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      assert.deepEqual(listener.faults, []);
    },
  };
}

const list = modernPost('tools/list');
const spelled = '{ "n":12345678901234567890, "x-own":1.0,"s":"\\u00e4\u2028" }';

suite('a request', () => {
  test('reaches the peer as it is spelled, with its _meta and whose it is', async () => {
    await using server = await serve((asked) => complete(asked));
    const meta =
      '{ "io.modelcontextprotocol/protocolVersion":"2026-07-28","a":1.0, "io.modelcontextprotocol/clientCapabilities":{} }';
    const body = `{"jsonrpc":"2.0", "id":"x\\n", "method":"tools/call","params":{"name":"a","_meta":${meta}}}`;
    const headers = { 'mcp-name': 'a', 'x-principal': 'me', 'sluice-run': 'r' };
    await server.ask({ ...modernPost('tools/call', {}, headers), body });
    const [asked] = server.peer.requests;
    assert.equal(asked?.request.text, body);
    assert.equal(asked?.request.id, '"x\\n"');
    assert.equal(asked?.meta, meta);
    assert.deepEqual(asked?.caller, { principal: 'me', run: 'r' });
  });

  test('hands on the headers of arguments, and no others, of a tool’s call only', async () => {
    await using server = await serve((asked) => complete(asked));
    const headers = { 'Mcp-Param-Region': 'eu', cookie: 'c', origin: 'http://localhost', 'x-own': '1' };
    await server.ask(modernPost('tools/call', { name: 'a' }, headers));
    await server.ask(modernPost('prompts/get', { name: 'a' }, headers));
    assert.deepEqual(
      server.peer.requests.map((asked) => asked.headers),
      [{ 'mcp-param-region': 'eu' }, {}],
    );
  });
});

suite('an answer', () => {
  test('is JSON where nothing came before it, byte for byte', async () => {
    await using server = await serve((asked) => complete(asked, spelled));
    const { status, headers, body } = await server.ask(list);
    assert.deepEqual([status, headers['content-type']], [200, 'application/json']);
    assert.equal(body, `{"jsonrpc":"2.0","id":7,"result":${spelled}}`);
  });

  test('is a stream behind notifications, in their order', async () => {
    await using server = await serve((asked) => {
      asked.exchange.notify('{"jsonrpc":"2.0","method":"a","params":{"n":1.0}}');
      asked.exchange.notify('{"jsonrpc":"2.0",\n"method":"b"}');
      complete(asked);
    });
    const stream = await server.open(list);
    assert.equal(stream.headers['content-type'], 'text/event-stream');
    assert.equal(stream.headers['x-accel-buffering'], 'no');
    assert.deepEqual(await stream.rest(), [
      { event: 'message', data: '{"jsonrpc":"2.0","method":"a","params":{"n":1.0}}' },
      { event: 'message', data: '{"jsonrpc":"2.0", "method":"b"}' },
      { event: 'message', data: '{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete"}}' },
    ]);
  });

  test('is a stream where the client takes no JSON', async () => {
    await using server = await serve((asked) => complete(asked));
    const stream = await server.open(modernPost('tools/list', {}, { accept: 'text/event-stream' }));
    assert.equal(stream.headers['content-type'], 'text/event-stream');
    assert.equal((await stream.rest()).length, 1);
  });

  const statuses: readonly (readonly [code: number, status: number])[] = [
    [-32_601, 404],
    [-32_020, 400],
    [-32_021, 400],
    [-32_022, 400],
    [-32_600, 400],
    [-32_602, 200],
    [-32_603, 200],
    [42, 200],
  ];
  for (const [code, status] of statuses) {
    test(`that is the error ${code} has the status ${status}, and is JSON`, async () => {
      await using server = await serve(({ request, exchange }) =>
        exchange.answer(writeFailure(request.id, { code, message: 'no' }).text),
      );
      const response = await server.ask(list);
      assert.equal(response.status, status);
      assert.deepEqual(JSON.parse(response.body), { jsonrpc: '2.0', id: 7, error: { code, message: 'no' } });
    });
  }

  test('that is an error of a server has the status that the server chose', async () => {
    await using server = await serve(({ request, exchange }) =>
      exchange.answer(writeFailure(request.id, { code: -32_602, message: 'no' }).text, 400),
    );
    assert.equal((await server.ask(list)).status, 400);
  });

  test('that only speaks of an error is a result', async () => {
    await using server = await serve((asked) => complete(asked, '{"error":{"code":-32601}}'));
    assert.equal((await server.ask(list)).status, 200);
  });

  test('that comes twice is one, and nothing comes after it', async () => {
    await using server = await serve((asked) => {
      asked.exchange.notify('{"jsonrpc":"2.0","method":"a"}');
      complete(asked);
      complete(asked);
      asked.exchange.notify('{"jsonrpc":"2.0","method":"b"}');
    });
    assert.equal((await (await server.open(list)).rest()).length, 2);
    assert.equal(server.peer.requests[0]?.exchange.signal.aborted, false);
  });
});

suite('a stream', () => {
  test('is open with the first notification, and stays so until the client goes: that cancels the request', async () => {
    await using server = await serve();
    const opening = server.open(modernPost('subscriptions/listen', { notifications: {} }));
    const { exchange } = await server.peer.asked();
    exchange.notify('{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged"}');
    const stream = await opening;
    assert.match((await stream.next())?.data ?? '', /acknowledged/);
    exchange.notify('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
    assert.match((await stream.next())?.data ?? '', /list_changed/);
    assert.equal(server.endpoint.openRequests, 1);
    assert.equal(exchange.signal.aborted, false);
    const cancelled = once(exchange.signal, 'abort');
    stream.break();
    await cancelled;
    await server.listener.connectionsLeft(0);
    assert.equal(server.endpoint.openRequests, 0);
  });

  test('gets signs of life, also where nothing came yet', async () => {
    await using server = await serve(undefined, { tickMs: 5 });
    const stream = await server.open(list);
    assert.deepEqual(await stream.next(), { '': 'keep-alive' });
    complete(await server.peer.asked());
    const events = (await stream.rest()).filter((event) => event.data !== undefined);
    assert.equal(events.length, 1);
  });

  test('does not come of the first sign of life: an error that comes soon has its status', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    await using server = await serve(({ request, exchange }) => {
      context.mock.timers.tick(modernLimits.tickMs);
      exchange.answer(writeFailure(request.id, { code: -32_601, message: 'no' }).text);
    });
    assert.equal((await server.ask(list)).status, 404);
  });

  test('whose client does not read is cut off', async () => {
    await using server = await serve(undefined, { maxUnsentBytes: 1024 });
    const opening = server.open(list);
    const { exchange } = await server.peer.asked();
    const large = `{"jsonrpc":"2.0","method":"${'a'.repeat(1024 * 1024)}"}`;
    exchange.notify(large);
    const stream = await opening;
    for (let sent = 1; sent < 64 && !exchange.signal.aborted; sent++) {
      exchange.notify(large);
      await setImmediate();
    }
    assert.equal(exchange.signal.aborted, true);
    await assert.rejects(stream.rest());
  });
});

suite('requests that are open', () => {
  test('are bounded for each principal, whatever runs it names', async () => {
    await using server = await serve(undefined, { maxCallerRequests: 1 });
    const first = server.ask(list);
    const asked = await server.peer.asked();
    const second = await server.ask(modernPost('tools/list', {}, { 'sluice-run': 'another' }));
    assert.equal(second.status, 429);
    assert.deepEqual(JSON.parse(second.body).id, 7);
    const other = server.ask(modernPost('tools/list', {}, { 'x-principal': 'somebody else' }));
    complete(await server.peer.asked(2));
    assert.equal((await other).status, 200);
    complete(asked);
    assert.equal((await first).status, 200);
    const again = server.ask(list);
    complete(await server.peer.asked(3));
    assert.equal((await again).status, 200);
  });

  test('are bounded in all', async () => {
    await using server = await serve(undefined, { maxOpenRequests: 1 });
    const first = server.ask(list);
    const asked = await server.peer.asked();
    const second = await server.ask(modernPost('tools/list', {}, { 'x-principal': 'somebody else' }));
    assert.equal(second.status, 429);
    complete(asked);
    await first;
  });

  test('end with the endpoint: 503 where nothing was sent, else the end of the stream', async () => {
    await using server = await serve();
    const waiting = server.ask(list);
    const waits = await server.peer.asked(1);
    const opening = server.open(list);
    const listens = await server.peer.asked(2);
    listens.exchange.notify('{"jsonrpc":"2.0","method":"a"}');
    const stream = await opening;
    server.endpoint[Symbol.dispose]();
    const { status, body } = await waiting;
    assert.deepEqual([status, JSON.parse(body).id], [503, 7]);
    assert.equal((await stream.rest()).length, 1);
    assert.deepEqual([waits.exchange.signal.aborted, listens.exchange.signal.aborted], [true, true]);
  });
});
