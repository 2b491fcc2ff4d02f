/** What a client posts, and how it is answered. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { rpc } from '../../e2e/raw-request.ts';
import { EndpointServer, initialize, refusalOf } from './endpoint-server.ts';
import { type Asked, answer, notification } from './scripted-peer.ts';

const bigNumber = '12345678901234567890.10';

let server: EndpointServer;
before(async () => {
  server = await EndpointServer.start({
    ping: (asked) => answer(asked, {}),
    big: ({ request, exchange }) =>
      exchange.answer(`{"jsonrpc":"2.0","id":${request.id},"result":{"n":${bigNumber}}}`),
    talk: (asked) => {
      asked.exchange.send(notification('notifications/progress', { progress: 1 }));
      answer(asked, { done: true });
    },
    lines: ({ request, exchange }) => {
      exchange.send(notification('notifications/message'));
      exchange.answer(`{"jsonrpc":"2.0",\n"id":${request.id},\r\n"result":{}}`);
    },
    twice: (asked) => {
      answer(asked, { first: true });
      answer(asked, { second: true });
      asked.exchange.send(notification('notifications/late'));
    },
    cancelled: ({ exchange }) => exchange.abandon(),
    begun: ({ exchange }) => {
      exchange.send(notification('notifications/progress'));
      exchange.abandon();
    },
  });
});
after(async () => {
  assert.deepEqual(server.faults, []);
  await server[Symbol.asyncDispose]();
});

suite('a request', () => {
  test('is answered as JSON, byte for byte, when its answer comes first', async () => {
    const { headers } = await server.begin();
    const response = await server.ask({ headers, body: rpc('big', {}, 'a') });
    assert.equal(response.headers['content-type'], 'application/json');
    assert.equal(response.body, `{"jsonrpc":"2.0","id":"a","result":{"n":${bigNumber}}}`);
  });

  test('reaches the peer as the client wrote it', async () => {
    const { headers, peer } = await server.begin();
    const body = `{ "id" : ${bigNumber}, "method":"ping", "jsonrpc":"2.0", "params":{"a":1.0,"a":2},"x":[ ]}`;
    assert.equal((await server.ask({ headers, body })).status, 200);
    const { request } = await peer.asked('ping');
    assert.deepEqual([request.text, request.id, request.params], [body, bigNumber, '{"a":1.0,"a":2}']);
  });

  test('becomes a stream when something else comes first, and the stream ends with the answer', async () => {
    const { headers } = await server.begin();
    const stream = await server.open({ headers, body: rpc('talk', {}, 4) });
    assert.equal(stream.headers['content-type'], 'text/event-stream');
    assert.equal(stream.headers['cache-control'], 'no-cache, no-transform');
    const events = await stream.rest();
    assert.deepEqual(
      events.map(({ data = '' }) => data),
      ['', notification('notifications/progress', { progress: 1 }), rpcResult(4, { done: true })],
    );
  });

  test('of a client that takes streams only is answered by one', async () => {
    const { headers } = await server.begin('2025-06-18');
    const accept = 'text/event-stream';
    const stream = await server.open({ headers: { ...headers, accept }, body: rpc('ping') });
    assert.deepEqual(
      (await stream.rest()).map(({ data }) => data),
      [rpcResult(1, {})],
    );
  });

  test('whose answer has lines comes as one event with one line of data', async () => {
    const { headers } = await server.begin('2025-06-18');
    const events = await (await server.open({ headers, body: rpc('lines') })).rest();
    assert.deepEqual(JSON.parse(events.at(-1)?.data ?? ''), { jsonrpc: '2.0', id: 1, result: {} });
  });

  test('is answered once', async () => {
    const { headers } = await server.begin();
    assert.equal((await server.ask({ headers, body: rpc('twice') })).body, rpcResult(1, { first: true }));
  });

  test('that is abandoned has a stream that ends', async () => {
    const { headers } = await server.begin('2025-06-18');
    assert.deepEqual(await (await server.open({ headers, body: rpc('cancelled') })).rest(), []);
    assert.equal((await (await server.open({ headers, body: rpc('begun') })).rest()).length, 1);
  });

  test('is one of several at once, each with a stream of its own', async () => {
    const { headers, peer } = await server.begin('2025-06-18');
    const opened = [1, 2, 3].map((id) => server.open({ headers, body: rpc('wait', {}, id) }));
    const asked = await Promise.all([1, 2, 3].map((count) => peer.asked('wait', count)));
    for (const { request, exchange } of asked.toReversed())
      exchange.send(notification('notifications/progress', { of: Number(request.id) }));
    for (const each of asked) answer(each, {});
    for (const [index, stream] of (await Promise.all(opened)).entries()) {
      const datas = (await stream.rest()).map(({ data }) => data);
      const id = index + 1;
      assert.deepEqual(datas, [notification('notifications/progress', { of: id }), rpcResult(id, {})]);
    }
  });

  test('is one of so many that may be under way, and more are refused with 429', async () => {
    await using narrow = await EndpointServer.start({}, { maxPostsAtOnce: 2 });
    const { headers, peer } = await narrow.begin();
    const waiting = [1, 2].map((id) => narrow.ask({ headers, body: rpc('wait', {}, id) }));
    const asked: Asked[] = [await peer.asked('wait'), await peer.asked('wait', 2)];
    assert.equal(refusalOf(await narrow.ask({ headers, body: rpc('wait', {}, 3) })), '429 -32600');
    for (const each of asked) answer(each, {});
    await Promise.all(waiting);
    const again = narrow.ask({ headers, body: rpc('wait', {}, 3) });
    answer(await peer.asked('wait', 3), {});
    assert.equal((await again).status, 200);
  });
});

suite('a notification or an answer', () => {
  for (const [about, body] of [
    ['a notification', notification('notifications/initialized')],
    ['a result', rpcResult(7, {})],
    ['an error', '{"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no"}}'],
  ] as const) {
    test(`is accepted with 202 and no body: ${about}`, async () => {
      const { headers, peer } = await server.begin();
      const response = await server.ask({ headers, body });
      assert.deepEqual([response.status, response.body], [202, '']);
      assert.equal((await peer.got(1)).text, body);
    });
  }
});

suite('a batch', () => {
  const batch = `[${rpc('ping', {}, 1)}, ${notification('notifications/a')}, ${rpc('talk', {}, 2)}]`;

  test('of a client of 2025-03-26 is answered on one stream', async () => {
    const { headers, peer } = await server.begin('2025-03-26');
    const events = await (await server.open({ headers, body: batch })).rest();
    assert.deepEqual(
      events.map(({ data }) => data),
      [
        rpcResult(1, {}),
        notification('notifications/progress', { progress: 1 }),
        rpcResult(2, { done: true }),
      ],
    );
    assert.equal(peer.received.length, 1);
  });

  test('without requests is accepted with 202', async () => {
    const { headers } = await server.begin('2025-03-26');
    assert.equal((await server.ask({ headers, body: `[${rpcResult(1, {})}]` })).status, 202);
  });

  test('of a client of a later revision is refused', async () => {
    const { headers } = await server.begin('2025-06-18');
    assert.equal(refusalOf(await server.ask({ headers, body: batch })), '400 -32600');
  });

  test('that is empty, too long, or has initialize in it is refused', async () => {
    const { headers } = await server.begin('2025-03-26');
    const long = `[${Array.from({ length: 101 }, (_, id) => rpc('ping', {}, id)).join(',')}]`;
    for (const body of ['[]', long, `[${initialize('2025-03-26')}]`])
      assert.equal(refusalOf(await server.ask({ headers, body })), '400 -32600');
    const beginning = `[${initialize('2025-03-26')},${rpc('ping')}]`;
    assert.equal(refusalOf(await server.ask({ body: beginning })), '400 -32600');
  });
});

function rpcResult(id: number, result: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}
