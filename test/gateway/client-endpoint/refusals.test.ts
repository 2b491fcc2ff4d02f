/** What the endpoint refuses, and in which words of HTTP and JSON-RPC. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { rpc } from '../../e2e/raw-request.ts';
import { EndpointServer, initialize, refusalOf } from './endpoint-server.ts';
import { answer, notification } from './scripted-peer.ts';

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
