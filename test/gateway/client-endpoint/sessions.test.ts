/** How sessions end, and what is left of them. */
import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import { endpointLimits } from '../../../gateway/client-endpoint/endpoint-limits.ts';
import { rpc } from '../../e2e/raw-request.ts';
import { EndpointServer, initialize, refusalOf } from './endpoint-server.ts';
import { answer, notification } from './scripted-peer.ts';

const hours = 60 * 60 * 1000;

/** An endpoint whose time is the test's. */
async function withTime(run: (server: EndpointServer, pass: (ms: number) => void) => Promise<void>) {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    await using server = await EndpointServer.start({ ping: (asked) => answer(asked, {}) });
    await run(server, (ms) => mock.timers.tick(ms));
  } finally {
    mock.timers.reset();
  }
}

suite('a session that its client deletes', () => {
  test('has its signal aborted, its streams ended, its waiting requests refused with 404, and its peer told', async () => {
    await using server = await EndpointServer.start();
    const { headers, peer } = await server.begin('2025-06-18');
    const stream = await server.open({ method: 'GET', headers });
    const waiting = server.ask({ headers, body: rpc('wait') });
    const { exchange } = await peer.asked('wait');
    const opening = server.open({ headers, body: rpc('talk') });
    const talking = (await peer.asked('talk')).exchange;
    talking.send(notification('notifications/progress'));
    const talk = await opening;
    const { status, body } = await server.ask({ method: 'DELETE', headers });
    assert.deepEqual([status, body], [200, '']);
    assert.equal(exchange.signal.aborted, true);
    assert.equal(peer.end, 'deleted');
    assert.deepEqual(await stream.rest(), []);
    assert.equal((await talk.rest()).length, 1);
    assert.equal(refusalOf(await waiting), '404 -32001');
    assert.equal(server.endpoint.keptEvents, 0);
  });

  test('drops what its peer still sends', async () => {
    await using server = await EndpointServer.start();
    const { headers, peer } = await server.begin();
    const waiting = server.ask({ headers, body: rpc('wait') });
    const opening = server.open({ headers, body: rpc('talk') });
    const asked = await Promise.all([peer.asked('wait'), peer.asked('talk')]);
    asked[1].exchange.send(notification('notifications/progress'));
    const talk = await opening;
    await server.ask({ method: 'DELETE', headers });
    for (const each of asked) {
      each.exchange.send(notification('notifications/progress'));
      answer(each, {});
      each.exchange.abandon();
    }
    peer.session.send(notification('notifications/message'));
    assert.equal(refusalOf(await waiting), '404 -32001');
    assert.equal((await talk.rest()).length, 2);
    assert.equal(server.endpoint.keptEvents, 0);
    assert.deepEqual(server.faults, []);
  });
});

suite('a session whose client left before initialize was answered', () => {
  test('ends: nobody knows its id', async () => {
    await using server = await EndpointServer.start({ initialize: () => undefined });
    const leaving = server.ask({ body: initialize('2025-11-25') }).catch(() => 'left');
    const peer = await server.nextPeer();
    const asked = await peer.asked('initialize');
    server.breakConnections();
    await server.connectionsLeft(0);
    answer(asked, {});
    assert.equal(await leaving, 'left');
    assert.equal(peer.end, 'refused');
    assert.equal(server.endpoint.sessions, 0);
  });
});

suite('a session that nobody uses', () => {
  test('ends after six hours', () =>
    withTime(async (server, pass) => {
      const { peer, headers } = await server.begin();
      pass(6 * hours - endpointLimits.tickMs);
      assert.equal(peer.end, undefined);
      assert.equal((await server.ask({ headers, body: rpc('ping') })).status, 200);
      pass(6 * hours - endpointLimits.tickMs);
      assert.equal(peer.end, undefined);
      pass(endpointLimits.tickMs);
      assert.equal(peer.end, 'idle');
      assert.equal(refusalOf(await server.ask({ headers, body: rpc('ping') })), '404 -32001');
    }));

  test('lives while a stream is open or a request waits, and rests from their end on', () =>
    withTime(async (server, pass) => {
      const listening = await server.begin();
      const stream = await server.open({ method: 'GET', headers: listening.headers });
      const waiting = await server.begin();
      const opening = server.open({ headers: waiting.headers, body: rpc('wait') });
      const asked = await waiting.peer.asked('wait');
      pass(24 * hours);
      assert.deepEqual([listening.peer.end, waiting.peer.end], [undefined, undefined]);
      answer(asked, {});
      await (await opening).rest();
      stream.break();
      await server.connectionsLeft(0);
      pass(6 * hours);
      assert.deepEqual([listening.peer.end, waiting.peer.end], ['idle', 'idle']);
    }));
});

suite('sessions', () => {
  test('are so many at most, and the one that rested longest makes room', async () => {
    const ping = { ping: (asked: Parameters<typeof answer>[0]) => answer(asked, {}) };
    await using server = await EndpointServer.start(ping, { maxSessions: 3 });
    const sessions = [await server.begin(), await server.begin(), await server.begin()];
    await server.ask({ headers: sessions[0]?.headers ?? {}, body: rpc('ping') });
    await server.begin();
    assert.deepEqual(
      sessions.map(({ peer }) => peer.end),
      [undefined, 'crowded', undefined],
    );
    assert.equal(server.endpoint.sessions, 3);
  });

  test('end with their endpoint', async () => {
    await using server = await EndpointServer.start();
    const { headers, peer } = await server.begin();
    const waiting = server.ask({ headers, body: rpc('wait') });
    await peer.asked('wait');
    server.endpoint[Symbol.dispose]();
    assert.equal(peer.end, 'closed');
    assert.equal(refusalOf(await waiting), '404 -32001');
  });

  test('leave nothing when a hundred were opened, used and closed', async () => {
    await using server = await EndpointServer.start({
      talk: (asked) => {
        asked.exchange.send(notification('notifications/progress'));
        answer(asked, {});
      },
    });
    const use = async () => {
      const { headers, peer } = await server.begin();
      const stream = await server.open({ method: 'GET', headers });
      peer.session.send(notification('notifications/message'));
      await server.ask({ headers, body: rpc('talk') });
      await server.ask({ method: 'DELETE', headers });
      assert.equal((await stream.rest()).length, 2);
      assert.equal(peer.session.id, headers['mcp-session-id']);
    };
    await Promise.all(Array.from({ length: 100 }, use));
    await server.connectionsLeft(0);
    assert.deepEqual([server.endpoint.sessions, server.endpoint.keptEvents], [0, 0]);
    assert.equal(server.peers.filter(({ end }) => end === 'deleted').length, 100);
    assert.deepEqual(server.faults, []);
  });

  test('share what is kept for clients that come back', async () => {
    await using server = await EndpointServer.start({}, { maxEvents: 4 });
    const [one, two] = [await server.begin('2025-06-18'), await server.begin('2025-06-18')];
    for (const { peer } of [one, two, one, two, two])
      peer.session.send(notification('notifications/message', { of: peer.session.id }));
    assert.equal(server.endpoint.keptEvents, 4);
    const stream = await server.open({ method: 'GET', headers: one.headers });
    assert.match((await stream.next())?.data ?? '', new RegExp(one.id));
    one.peer.session.send(notification('notifications/last'));
    assert.match((await stream.next())?.data ?? '', /last/);
    stream.break();
  });
});
