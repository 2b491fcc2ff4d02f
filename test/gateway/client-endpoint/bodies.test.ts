/** Bodies that no good client sends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { rpc } from '../../e2e/raw-request.ts';
import { EndpointServer, refusalOf } from './endpoint-server.ts';
import { answer } from './scripted-peer.ts';

const limit = 8 * 1024 * 1024;

let server: EndpointServer;
before(async () => {
  server = await EndpointServer.start({ ping: (asked) => answer(asked, {}) });
});
after(async () => {
  assert.deepEqual(server.faults, []);
  await server[Symbol.asyncDispose]();
});

suite('a body', () => {
  const cases: readonly (readonly [about: string, refusal: string, body: string | Uint8Array])[] = [
    ['that is empty', '400 -32700', ''],
    ['that is no JSON', '400 -32700', '{"jsonrpc":'],
    ['with more behind its end', '400 -32700', `${rpc('ping')}{}`],
    [
      'that is no UTF-8',
      '400 -32700',
      Buffer.from('{"jsonrpc":"2.0","id":"\xff","method":"ping"}', 'latin1'),
    ],
    ['that is UTF-16', '400 -32700', Buffer.from(`\ufeff${rpc('ping')}`, 'utf16le')],
    ['of open brackets only', '400 -32700', '['.repeat(limit)],
    ['of open braces only', '400 -32700', '{"a":'.repeat(limit / 5)],
    ['that is JSON and no message', '400 -32600', '{"hello":1}'],
    ['with a member twice', '400 -32600', '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}'],
    [
      'with a member twice, once escaped',
      '400 -32600',
      '{"jsonrpc":"2.0","id":1,"\\u0069d":2,"method":"ping"}',
    ],
    ['with an id that is null', '400 -32600', '{"jsonrpc":"2.0","id":null,"method":"ping"}'],
    ['of another JSON-RPC', '400 -32600', '{"jsonrpc":"1.0","id":1,"method":"ping"}'],
    ['of one byte too many', '413 -32600', `${rpc('ping')}${' '.repeat(limit + 1 - rpc('ping').length)}`],
  ];
  for (const [about, refusal, body] of cases) {
    test(`${about} is refused with ${refusal}, and nothing reaches the peer`, async () => {
      const { headers, peer } = await server.begin('2025-03-26');
      assert.equal(refusalOf(await server.ask({ headers, body })), refusal);
      assert.equal(peer.requests.length, 1);
      assert.equal((await server.ask({ headers, body: rpc('ping') })).status, 200);
    });
  }

  test('of the largest size reaches the peer', async () => {
    const { headers, peer } = await server.begin();
    const body = rpc('ping', { a: 'x'.repeat(limit - rpc('ping', { a: '' }).length) });
    assert.equal((await server.ask({ headers, body })).status, 200);
    assert.equal((await peer.asked('ping')).request.text.length, limit);
  });

  test('with deeply nested values reaches the peer as it is', async () => {
    const { headers, peer } = await server.begin();
    const params = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const body = `{"jsonrpc":"2.0","id":1,"method":"ping","params":${params}}`;
    assert.equal((await server.ask({ headers, body })).status, 200);
    assert.equal((await peer.asked('ping')).request.params, params);
  });

  test('may have a byte order mark and come in pieces', async () => {
    const { headers, peer } = await server.begin();
    const bytes = Buffer.from(`\ufeff${rpc('ping', { a: 'é€😀' })}`);
    assert.equal((await server.ask({ headers, body: bytes })).status, 200);
    assert.equal((await peer.asked('ping')).request.params, '{"a":"é€😀"}');
  });

  test('that breaks off is no fault', async () => {
    const { headers, peer } = await server.begin();
    const socket = connect(server.port, '127.0.0.1');
    const head = 'content-type: application/json\r\naccept: */*\r\ncontent-length: 9';
    socket.write(
      `POST / HTTP/1.1\r\nHost: localhost\r\nmcp-session-id: ${headers['mcp-session-id']}\r\n${head}\r\n\r\n{`,
    );
    await server.ask({ headers, body: rpc('ping') });
    socket.resetAndDestroy();
    await once(socket, 'close');
    assert.equal((await server.ask({ headers, body: rpc('ping') })).status, 200);
    assert.equal(peer.requests.length, 3);
  });
});
