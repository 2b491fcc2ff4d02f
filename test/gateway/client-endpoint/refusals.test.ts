/** What the endpoint refuses, and in which words of HTTP and JSON-RPC. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { rpc } from '../../e2e/raw-request.ts';
import { EndpointServer, initialize, refusalOf } from './endpoint-server.ts';
import { answer, notification } from './scripted-peer.ts';

const limit = 8 * 1024 * 1024;

let server: EndpointServer;
before(async () => {
  server = await EndpointServer.start({ ping: (asked) => answer(asked, {}) });
});
after(async () => {
  assert.deepEqual(server.faults, []);
  await server[Symbol.asyncDispose]();
});

suite('Accept', () => {
  const accepted = [
    'application/json, text/event-stream',
    'text/event-stream,application/json;q=0.5',
    'TEXT/Event-Stream , Application/JSON',
    '*/*',
    'application/*, text/*',
    'text/event-stream',
  ];
  for (const accept of accepted) {
    test(`may be ${JSON.stringify(accept)} of a POST`, async () => {
      assert.equal((await server.ask({ headers: { accept }, body: initialize('2025-11-25') })).status, 200);
    });
  }
  const refused = [undefined, '', 'application/json', 'text/html', 'text/event-stream;q=0, application/json'];
  for (const accept of refused) {
    test(`that is ${JSON.stringify(accept)} is refused with 406, whatever is sent or asked for`, async () => {
      const { headers } = await server.begin();
      for (const request of [
        { headers: { accept }, body: initialize('2025-11-25') },
        { headers: { ...headers, accept }, body: rpc('ping') },
        { headers: { ...headers, accept }, body: notification('notifications/a') },
        { headers: { ...headers, accept }, method: 'GET' },
      ]) {
        const response = await server.ask(request);
        assert.equal(refusalOf(response), '406 -32600');
        assert.match(response.body, /Accept: application\/json, text\/event-stream/);
        assert.equal(response.headers['mcp-session-id'], undefined);
      }
    });
  }

  test('of a GET may leave JSON out', async () => {
    const { headers } = await server.begin();
    const stream = await server.open({ method: 'GET', headers: { ...headers, accept: 'text/event-stream' } });
    assert.equal(stream.status, 200);
    stream.break();
  });
});

suite('Content-Type', () => {
  for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON;a=b']) {
    test(`may be ${type}`, async () => {
      const headers = { 'content-type': type };
      assert.equal((await server.ask({ headers, body: initialize('2025-11-25') })).status, 200);
    });
  }
  for (const type of [
    undefined,
    'text/plain',
    'application/jsonp',
    'text/plain; a=application/json',
    'json',
  ]) {
    test(`that is ${type} is refused with 415`, async () => {
      const headers = { 'content-type': type };
      assert.equal(refusalOf(await server.ask({ headers, body: initialize('2025-11-25') })), '415 -32600');
    });
  }
});

suite('MCP-Protocol-Version', () => {
  for (const version of ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', undefined]) {
    test(`may be ${version}`, async () => {
      const { headers } = await server.begin();
      const own = { ...headers, 'mcp-protocol-version': version };
      assert.equal((await server.ask({ headers: own, body: rpc('ping') })).status, 200);
    });
  }
  for (const version of ['2026-07-28', '2025-11-26', 'latest', '2025-11-25, 2025-11-25', '']) {
    test(`that is ${JSON.stringify(version)} is refused with 400 and those that we know`, async () => {
      const { headers } = await server.begin();
      const own = { ...headers, 'mcp-protocol-version': version };
      for (const request of [
        { headers: own, body: rpc('ping') },
        { headers: own, method: 'GET' },
        { headers: own, method: 'DELETE' },
      ]) {
        const response = await server.ask(request);
        assert.equal(refusalOf(response), '400 -32600');
        assert.match(response.body, /2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25/);
      }
      assert.equal((await server.ask({ headers, body: rpc('ping') })).status, 200);
    });
  }
});

suite('a method', () => {
  for (const method of ['PUT', 'PATCH', 'OPTIONS', 'TRACE']) {
    test(`${method} is refused with 405 and those that there are`, async () => {
      const response = await server.ask({ method });
      assert.equal(refusalOf(response), '405 -32600');
      assert.equal(response.headers.allow, 'GET, POST, DELETE');
    });
  }

  test('HEAD is refused with 405', async () => {
    assert.equal((await server.ask({ method: 'HEAD' })).status, 405);
  });

  test('GET without a session, as of a client of the old HTTP+SSE transport, is refused with 405', async () => {
    const response = await server.ask({ method: 'GET', headers: { accept: 'text/event-stream' } });
    assert.equal(refusalOf(response), '405 -32600');
    assert.equal(response.headers.allow, 'POST');
    assert.match(response.body, /the HTTP\+SSE transport of 2024-11-05 is not served/);
  });
});

suite('a session', () => {
  test('is named by visible ASCII that nobody guesses', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await server.begin()).id));
    assert.equal(new Set(ids).size, 3);
    for (const id of ids) assert.match(id, /^[\x21-\x7e]{32,}$/);
  });

  test('that is missing is refused to POST and DELETE with 400', async () => {
    assert.equal(refusalOf(await server.ask({ body: rpc('ping') })), '400 -32000');
    assert.equal(refusalOf(await server.ask({ body: notification('notifications/a') })), '400 -32000');
    assert.equal(refusalOf(await server.ask({ method: 'DELETE' })), '400 -32000');
  });

  test("that is unknown, over, or another caller's is refused with 404", async () => {
    const own = await server.begin('2025-11-25', { 'x-caller': 'alice/1' });
    const over = await server.begin();
    assert.equal((await server.ask({ method: 'DELETE', headers: over.headers })).status, 200);
    const foreign = ['bob/1', 'alice/2', 'alice'].map((caller) => ({ ...own.headers, 'x-caller': caller }));
    for (const headers of [{ 'mcp-session-id': 'nobody' }, over.headers, ...foreign]) {
      for (const request of [{ body: rpc('ping') }, { body: initialize('2025-11-25') }])
        assert.equal(refusalOf(await server.ask({ headers, ...request })), '404 -32001');
      assert.equal(refusalOf(await server.ask({ method: 'GET', headers })), '404 -32001');
      assert.equal(refusalOf(await server.ask({ method: 'DELETE', headers })), '404 -32001');
    }
    assert.equal((await server.ask({ headers: own.headers, body: rpc('ping') })).status, 200);
  });

  test('takes a second initialize for a mistake', async () => {
    const { headers } = await server.begin();
    assert.equal(refusalOf(await server.ask({ headers, body: initialize('2025-11-25') })), '400 -32600');
  });

  test('that ended while its client still sent is refused with 404', async () => {
    const { headers, peer } = await server.begin();
    const socket = connect(server.port, '127.0.0.1').setEncoding('latin1');
    const lines = Object.entries({ ...headers, accept: '*/*', 'content-type': 'application/json' });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const body = rpc('ping');
    socket.write(
      `POST / HTTP/1.1\r\nHost: localhost\r\n${head}Content-Length: ${body.length}\r\n\r\n${body[0]}`,
    );
    // The answer to another request tells that the server has read this one's head.
    await server.ask({ headers, body: rpc('ping') });
    await server.ask({ method: 'DELETE', headers });
    socket.write(body.slice(1));
    const [answered] = await once(socket, 'data');
    socket.destroy();
    assert.match(String(answered), /^HTTP\/1\.1 404 /);
    assert.equal(peer.requests.length, 2);
  });
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
