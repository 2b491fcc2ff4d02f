/** Streams on which nothing moves: a client that does not read, a peer that says nothing. */
import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import { endpointLimits } from '../../../gateway/client-endpoint/endpoint-limits.ts';
import { rpc } from '../../e2e/raw-request.ts';
import { EndpointServer } from './endpoint-server.ts';
import { answer, notification } from './scripted-peer.ts';

suite('a client that does not read', () => {
  test('has its stream broken off when what it missed is too much to be kept, and may come back for the rest', async () => {
    const large = notification('notifications/message', { text: 'x'.repeat(1024 * 1024) });
    await using narrow = await EndpointServer.start({}, { maxSessionEventBytes: 4 * 1024 * 1024 });
    const { headers, peer } = await narrow.begin();
    const stream = await narrow.open({ method: 'GET', headers });
    const { id = '' } = (await stream.next()) ?? {};
    // More than the buffers of both ends of a socket take.
    for (let count = 0; count < 64; count++) peer.session.send(large);
    assert.ok(narrow.endpoint.keptEvents < 5);
    await assert.rejects(stream.rest());
    const again = await narrow.open({ method: 'GET', headers: { ...headers, 'last-event-id': id } });
    for (let count = 0; count < 3; count++) assert.equal((await again.next())?.data, large);
    again.break();
  });

  test('gets everything when it reads after all', async () => {
    await using server = await EndpointServer.start();
    const session = await server.begin();
    const stream = await server.open({ method: 'GET', headers: session.headers });
    await stream.next();
    const large = (count: number) =>
      notification('notifications/message', { count, text: 'x'.repeat(500_000) });
    for (let count = 0; count < 8; count++) session.peer.session.send(large(count));
    for (let count = 0; count < 8; count++) assert.equal((await stream.next())?.data, large(count));
    stream.break();
  });
});

suite('silence', () => {
  test('is broken by a comment on open streams, and makes a stream of a request that waits', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    try {
      await using silent = await EndpointServer.start();
      const { headers, peer } = await silent.begin();
      const stream = await silent.open({ method: 'GET', headers });
      await stream.next();
      const opening = silent.open({ headers, body: rpc('wait') });
      const asked = await peer.asked('wait');
      mock.timers.tick(endpointLimits.tickMs);
      assert.deepEqual(await stream.next(), { '': 'keep-alive' });
      const waiting = await opening;
      assert.equal(waiting.headers['content-type'], 'text/event-stream');
      answer(asked, {});
      const events = await waiting.rest();
      assert.deepEqual(
        events.map(({ data }) => data),
        ['', undefined, '{"jsonrpc":"2.0","id":1,"result":{}}'],
      );
      stream.break();
    } finally {
      mock.timers.reset();
    }
  });
});
