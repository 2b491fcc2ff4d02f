/** How a session begins. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { EndpointServer, initialize, refusalOf } from './endpoint-server.ts';
import { notification } from './scripted-peer.ts';

let server: EndpointServer;
before(async () => {
  server = await EndpointServer.start();
});
after(async () => {
  assert.deepEqual(server.faults, []);
  await server[Symbol.asyncDispose]();
});

suite('initialize', () => {
  for (const [asked, given] of [
    ['2024-11-05', '2024-11-05'],
    ['2025-03-26', '2025-03-26'],
    ['2025-06-18', '2025-06-18'],
    ['2025-11-25', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
    ['1.0', '2025-11-25'],
  ] as const) {
    test(`that asks for ${asked} gets ${given}`, async () => {
      const response = await server.ask({ body: initialize(asked) });
      assert.equal(JSON.parse(response.body).result.protocolVersion, given);
    });
  }

  for (const params of [undefined, {}, { protocolVersion: 1 }]) {
    test(`with ${JSON.stringify(params)} is refused with 400`, async () => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
      const response = await server.ask({ body });
      assert.equal(refusalOf(response), '400 -32602');
      assert.equal(response.headers['mcp-session-id'], undefined);
    });
  }

  for (const [refusal, params] of [
    ['400 -32600', '{"protocolVersion":"2025-06-18","protocolVersion":"2025-11-25"}'],
    ['400 -32700', '{"protocolVersion":2025-11-25}'],
  ] as const) {
    test(`with ${params} is refused with ${refusal}`, async () => {
      const body = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":${params}}`;
      assert.equal(refusalOf(await server.ask({ body })), refusal);
    });
  }

  test('as a notification begins nothing', async () => {
    assert.equal(refusalOf(await server.ask({ body: notification('initialize') })), '400 -32000');
  });

  test('that the peer answers with an error begins no session', async () => {
    await using refusing = await EndpointServer.start({
      initialize: ({ request: { id }, exchange }) =>
        exchange.answer(`{"jsonrpc":"2.0","id":${id},"error":{"code":-32000,"message":"not now"}}`),
    });
    const response = await refusing.ask({ body: initialize('2025-11-25') });
    assert.equal(refusalOf(response), '200 -32000');
    assert.equal(response.headers['mcp-session-id'], undefined);
    assert.deepEqual(
      refusing.peers.map(({ end }) => end),
      ['refused'],
    );
    assert.equal(refusing.endpoint.sessions, 0);
  });
});
