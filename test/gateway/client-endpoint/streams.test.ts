/** Streams of events: the one for messages that belong to no request, and how a client comes back to any of them. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { rpc } from '../../e2e/raw-request.ts';
import { type BegunSession, EndpointServer, refusalOf } from './endpoint-server.ts';
import { answer, notification } from './scripted-peer.ts';
import type { SentEvent } from './sse-connection.ts';

let server: EndpointServer;
before(async () => {
  server = await EndpointServer.start({ ping: (asked) => answer(asked, {}) });
});
after(async () => {
  assert.deepEqual(server.faults, []);
  await server[Symbol.asyncDispose]();
});

const numbered = (count: number) => notification('notifications/message', { count });
const dataOf = (events: readonly (SentEvent | undefined)[]) => events.map((event) => event?.data);

/** A GET, by a client that may come back to a stream. */
function listen({ headers }: BegunSession, lastEventId?: string) {
  const resuming = lastEventId === undefined ? headers : { ...headers, 'last-event-id': lastEventId };
  return server.open({ method: 'GET', headers: resuming });
}

suite('the stream for messages that belong to no request', () => {
  test('carries them as they come', async () => {
    const session = await server.begin('2025-06-18');
    const stream = await listen(session);
    assert.equal(stream.headers['content-type'], 'text/event-stream');
    session.peer.session.send(numbered(1));
    const event = await stream.next();
    assert.deepEqual([event?.event, event?.data], ['message', numbered(1)]);
    session.peer.session.send(rpc('roots/list', {}, 'server-1'));
    assert.equal((await stream.next())?.data, rpc('roots/list', {}, 'server-1'));
    stream.break();
  });

  test('gets what was sent while it was not open, once', async () => {
    const session = await server.begin('2025-06-18');
    for (const count of [1, 2]) session.peer.session.send(numbered(count));
    const first = await listen(session);
    assert.deepEqual(dataOf([await first.next(), await first.next()]), [numbered(1), numbered(2)]);
    first.break();
    await server.connectionsLeft(0);
    session.peer.session.send(numbered(3));
    const second = await listen(session);
    assert.equal((await second.next())?.data, numbered(3));
    second.break();
  });

  test('is one: a second is refused with 409', async () => {
    const session = await server.begin();
    const stream = await listen(session);
    const second = await server.ask({ method: 'GET', headers: session.headers });
    assert.equal(refusalOf(second), '409 -32600');
    session.peer.session.send(numbered(1));
    assert.deepEqual(dataOf([await stream.next(), await stream.next()]), ['', numbered(1)]);
    stream.break();
  });

  test('goes over to a client that comes back before its old connection is known to be dead', async () => {
    const session = await server.begin();
    const old = await listen(session);
    const id = (await old.next())?.id ?? '';
    session.peer.session.send(numbered(1));
    const fresh = await listen(session, id);
    assert.equal((await fresh.next())?.data, numbered(1));
    assert.deepEqual(dataOf(await old.rest()), [numbered(1)]);
    session.peer.session.send(numbered(2));
    assert.equal((await fresh.next())?.data, numbered(2));
    fresh.break();
  });

  test('carries no answers and nothing that belongs to a request', async () => {
    const session = await server.begin('2025-06-18');
    const stream = await listen(session);
    const posted = server.open({ headers: session.headers, body: rpc('wait') });
    const asked = await session.peer.asked('wait');
    asked.exchange.send(numbered(1));
    answer(asked, {});
    session.peer.session.send(numbered(2));
    assert.equal((await stream.next())?.data, numbered(2));
    assert.equal((await (await posted).rest()).length, 2);
    stream.break();
  });
});

suite('a stream', () => {
  test('begins for clients of 2025-11-25 with an event without data, with an id and a time to come back', async () => {
    const session = await server.begin();
    const stream = await listen(session);
    const { id = '', ...event } = (await stream.next()) ?? {};
    assert.match(id, /^\d+-\d+$/);
    assert.deepEqual(event, { retry: '1000', data: '' });
    stream.break();
    for (const version of ['2025-06-18', '2025-03-26', '2024-11-05']) {
      const older = await server.begin(version);
      const plain = await listen(older);
      older.peer.session.send(numbered(1));
      assert.equal((await plain.next())?.data, numbered(1));
      plain.break();
    }
  });

  test('has ids that are unique in its session', async () => {
    const session = await server.begin();
    const streams = [await listen(session)];
    for (const id of [1, 2]) {
      const opened = server.open({ headers: session.headers, body: rpc('wait', {}, id) });
      (await session.peer.asked('wait', id)).exchange.send(numbered(id));
      streams.push(await opened);
    }
    session.peer.session.send(numbered(3));
    const ids: (string | undefined)[] = [];
    for (const stream of streams) {
      ids.push((await stream.next())?.id, (await stream.next())?.id);
      stream.break();
    }
    assert.equal(new Set(ids).size, 6);
    assert.ok(!ids.includes(undefined));
  });

  test('of a request goes on for a client that comes back, and ends with the answer', async () => {
    const session = await server.begin();
    const opened = server.open({ headers: session.headers, body: rpc('wait') });
    const asked = await session.peer.asked('wait');
    asked.exchange.send(numbered(1));
    const stream = await opened;
    await stream.next();
    const { id = '' } = (await stream.next()) ?? {};
    stream.break();
    asked.exchange.send(numbered(2));
    const again = await listen(session, id);
    assert.equal((await again.next())?.data, numbered(2));
    asked.exchange.send(numbered(3));
    answer(asked, {});
    assert.deepEqual(dataOf(await again.rest()), [numbered(3), '{"jsonrpc":"2.0","id":1,"result":{}}']);
    assert.equal(asked.exchange.signal.aborted, false);
  });

  test('of a request is kept whole for a client that comes back after the answer', async () => {
    const session = await server.begin();
    const opened = server.open({ headers: session.headers, body: rpc('wait') });
    const asked = await session.peer.asked('wait');
    asked.exchange.send(numbered(1));
    const stream = await opened;
    const { id = '' } = (await stream.next()) ?? {};
    stream.break();
    answer(asked, {});
    for (let times = 0; times < 2; times++) {
      const events = await (await listen(session, id)).rest();
      assert.deepEqual(dataOf(events), [numbered(1), '{"jsonrpc":"2.0","id":1,"result":{}}']);
    }
    const last = (await (await listen(session, id)).rest()).at(-1)?.id;
    const headers = { ...session.headers, 'last-event-id': last };
    assert.equal(refusalOf(await server.ask({ method: 'GET', headers })), '400 -32600');
  });

  test('whose id is none of this session is refused with 400', async () => {
    const other = await server.begin();
    const stream = await listen(other);
    other.peer.session.send(numbered(1));
    await stream.next();
    const { id = '' } = (await stream.next()) ?? {};
    stream.break();
    const session = await server.begin();
    for (const lastEventId of [id, 'x', '0', '0-', '1-1', '-1-1', '99999999999999999-1', '0-1 ']) {
      const headers = { ...session.headers, 'last-event-id': lastEventId };
      assert.equal(refusalOf(await server.ask({ method: 'GET', headers })), '400 -32600', lastEventId);
    }
  });

  test('that nobody could ask for is not kept: the connection broke before there was one', async () => {
    await using left = await EndpointServer.start();
    const { headers, peer } = await left.begin();
    const socket = connect(left.port, '127.0.0.1');
    socket.write(postOf(headers, rpc('wait')));
    const asked = await peer.asked('wait');
    socket.destroy();
    await left.connectionsLeft(0);
    assert.equal(asked.exchange.signal.aborted, false);
    asked.exchange.send(numbered(1));
    answer(asked, {});
    assert.equal(left.endpoint.keptEvents, 0);
    assert.deepEqual(left.faults, []);
  });

  test('keeps so many events, and the oldest go first', async () => {
    await using narrow = await EndpointServer.start({}, { maxSessionEvents: 3 });
    const { headers, peer } = await narrow.begin('2025-06-18');
    for (let count = 1; count <= 5; count++) peer.session.send(numbered(count));
    const stream = await narrow.open({ method: 'GET', headers });
    const events = [await stream.next(), await stream.next(), await stream.next()];
    assert.deepEqual(dataOf(events), [3, 4, 5].map(numbered));
    assert.equal(narrow.endpoint.keptEvents, 3);
    stream.break();
  });
});

/** A POST as its bytes. */
function postOf(headers: BegunSession['headers'], body: string): string {
  const all = {
    host: 'localhost',
    accept: '*/*',
    'content-type': 'application/json',
    'content-length': body.length,
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
