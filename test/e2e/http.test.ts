/** The gateway's border: what is refused before it is MCP, and what a session is. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import {
  begin,
  initialize,
  messagesOf,
  type RawRequest,
  type RawResponse,
  rawRequest,
  rpc,
} from './raw-request.ts';

const key = 'a-key-of-the-tests';
const callHello = rpc('tools/call', { name: 'hello', arguments: {} }, 7);

let backends: ScriptedBackends;
let open: RunningGateway;
let locked: RunningGateway;

before(async () => {
  backends = await ScriptedBackends.start();
  const hello = { name: 'hello', script: { result: { content: [{ type: 'text', text: 'hello' }] } } };
  const url = backends.add('/greeter', [hello]);
  const mcpServers = { greeter: { type: 'http', url }, other: { type: 'http', url } };
  open = await RunningGateway.start({ mcpServers });
  locked = await RunningGateway.start({ gateway: { apiKey: key }, mcpServers });
});
after(async () => {
  await open[Symbol.asyncDispose]();
  await locked[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

/** How a POST of an MCP client begins. */
const postHead =
  'POST /mcp/greeter HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nContent-Type: application/json\r\n';

/** A request to the open gateway; MCP's route to the greeter where nothing else is said. */
function ask(request: RawRequest): Promise<RawResponse> {
  return rawRequest(open.port, { path: '/mcp/greeter', ...request });
}

/** The status and the JSON-RPC code, or the code of a refusal before MCP. */
function refusalOf({ status, body }: RawResponse): string {
  const { error } = JSON.parse(body);
  return `${status} ${error.code ?? error}`;
}

suite('a body', () => {
  const cases: readonly (readonly [about: string, refusal: string, body: string | Uint8Array])[] = [
    ['that is no JSON', '400 -32700', '{"jsonrpc":'],
    ['that is empty', '400 -32700', ''],
    ['that is not UTF-8', '400 -32700', Buffer.from([0x22, 0xff, 0x22])],
    ['that is JSON and no JSON-RPC', '400 -32600', '{"hello":1}'],
  ];
  for (const [about, refusal, body] of cases) {
    test(`${about} is refused with ${refusal}`, async () => {
      const session = await begin(open.port, '/mcp/greeter');
      assert.equal(refusalOf(await ask({ headers: { 'mcp-session-id': session }, body })), refusal);
    });
  }

  test('above the limit is refused with 413, and the sentence names the limit', async () => {
    const response = await ask({ body: Buffer.alloc(40 * 1024 * 1024, ' ') });
    assert.equal(refusalOf(response), '413 -32600');
    assert.match(response.body, /8388608 bytes/);
  });

  test('above the limit that says so is refused without being read', async () => {
    const headers = { 'content-length': String(10 ** 12) };
    assert.equal(refusalOf(await ask({ headers, body: ' ' })), '413 -32600');
  });

  test('above the limit does not cost its connection', async () => {
    const socket = connect(open.port, '127.0.0.1').setEncoding('latin1');
    socket.write(`${postHead}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = `100000\r\n${' '.repeat(1024 * 1024)}\r\n`;
    for (let i = 0; i < 12; i++) socket.write(chunk);
    socket.write('0\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const statuses = [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    assert.deepEqual(statuses, ['413', '404']);
  });

  test('that breaks off is no internal error', async () => {
    const socket = connect(open.port, '127.0.0.1');
    socket.write(`${postHead}Content-Length: 9\r\n\r\n{`);
    // The answer to another request tells that the gateway has read this one.
    assert.equal((await ask({ body: initialize })).status, 200);
    socket.resetAndDestroy();
    await once(socket, 'close');
    assert.equal((await ask({ body: initialize })).status, 200);
    assert.doesNotMatch(open.log, /internal error/);
  });
});

suite('a session', () => {
  test('that is unknown is refused with 404 and what to do', async () => {
    const response = await ask({ headers: { 'mcp-session-id': 'nobody' }, body: callHello });
    assert.equal(refusalOf(response), '404 -32001');
    assert.match(response.body, /send initialize again/);
  });

  test('is unknown on the route of another server', async () => {
    const session = await begin(open.port, '/mcp/greeter');
    const headers = { 'mcp-session-id': session };
    const response = await ask({ path: '/mcp/other', headers, body: callHello });
    assert.equal(refusalOf(response), '404 -32001');
  });

  test('of another run is unknown', async () => {
    const session = await begin(open.port, '/mcp/greeter', { 'sluice-run': 'one' });
    for (const run of ['two', undefined]) {
      const headers = { 'mcp-session-id': session, 'sluice-run': run };
      assert.equal(refusalOf(await ask({ headers, body: callHello })), '404 -32001');
    }
    const own = { 'mcp-session-id': session, 'sluice-run': 'one' };
    assert.equal((await ask({ headers: own, body: callHello })).status, 200);
  });

  for (const method of ['POST', 'DELETE']) {
    test(`that was never begun is refused to ${method} with 400 and what to do`, async () => {
      const response = await ask({ method, ...(method === 'POST' && { body: callHello }) });
      assert.equal(refusalOf(response), '400 -32000');
      assert.match(response.body, /send initialize/);
    });
  }

  test('that was never begun has no stream: GET is refused with 405 and what to do', async () => {
    const response = await ask({ method: 'GET' });
    assert.equal(refusalOf(response), '405 -32600');
    assert.match(response.body, /POST initialize/);
  });

  test('knows POST, GET and DELETE: PUT is refused with 405', async () => {
    const response = await ask({ method: 'PUT' });
    assert.equal(refusalOf(response), '405 -32600');
    assert.equal(response.headers.allow, 'GET, POST, DELETE');
  });

  test('is not begun by an initialize that is refused', async () => {
    const response = await ask({ headers: { accept: 'text/html' }, body: initialize });
    assert.equal(response.status, 406);
    assert.equal(response.headers['mcp-session-id'], undefined);
  });

  test('takes a second initialize for a mistake', async () => {
    const session = await begin(open.port, '/mcp/greeter');
    const response = await ask({ headers: { 'mcp-session-id': session }, body: initialize });
    assert.equal(refusalOf(response), '400 -32600');
  });

  test('answers a batch, each of its requests once', async () => {
    const session = await begin(open.port, '/mcp/greeter');
    const body = `[${callHello},${rpc('ping', {}, 'p')},${rpc('tools/call', { name: 'nothing' }, 9)}]`;
    const response = await ask({ headers: { 'mcp-session-id': session }, body });
    const byId = new Map(messagesOf(response).map((message) => [message.id, message]));
    assert.deepEqual([...byId.keys()].sort(), [7, 9, 'p']);
    assert.deepEqual(byId.get(7)?.result?.content, [{ type: 'text', text: 'hello' }]);
    assert.deepEqual(byId.get('p')?.result, {});
    assert.equal(byId.get(9)?.error?.code, -32602);
  });

  test('has one stream for what the server sends, which its end closes', async () => {
    const session = await begin(open.port, '/mcp/greeter');
    const headers = { 'mcp-session-id': session, accept: 'text/event-stream' };
    const stream = await fetch(`${open.url}/mcp/greeter`, { headers });
    assert.equal(stream.status, 200);
    assert.equal((await ask({ method: 'GET', headers })).status, 409);
    assert.equal((await ask({ method: 'DELETE', headers })).status, 200);
    assert.equal(await stream.text(), '');
  });

  test('is unknown after its end', async () => {
    const session = await begin(open.port, '/mcp/greeter');
    const headers = { 'mcp-session-id': session };
    assert.equal((await ask({ method: 'DELETE', headers })).status, 200);
    assert.equal(refusalOf(await ask({ headers, body: callHello })), '404 -32001');
  });

  test('is one of many, and each has its own answers', async () => {
    const sessions = await Promise.all(Array.from({ length: 200 }, () => begin(open.port, '/mcp/greeter')));
    assert.equal(new Set(sessions).size, 200);
    const answers = await Promise.all(
      sessions.map(async (session, id) => {
        const body = rpc('tools/call', { name: 'hello' }, id);
        return messagesOf(await ask({ headers: { 'mcp-session-id': session }, body }));
      }),
    );
    assert.deepEqual(
      answers.map(([message]) => message?.id),
      sessions.map((_, id) => id),
    );
  });
});

suite('a route', () => {
  test('to an unknown server is refused with 404 and the names of the known ones', async () => {
    const response = await ask({ path: '/mcp/nobody', body: initialize });
    assert.equal(refusalOf(response), '404 unknown_server');
    assert.match(response.body, /greeter, other/);
  });

  test('that leads nowhere is refused with 404 and where to go', async () => {
    for (const path of ['/', '/mcp2', '/mcp/greeter/more', '/sse']) {
      const response = await ask({ path, body: initialize });
      assert.equal(refusalOf(response), '404 not_found', path);
      assert.match(response.body, /\/mcp\/\{server\}/);
    }
  });

  test('that is no URL is refused with 400 or 404, and is no internal error', async () => {
    for (const path of ['//', 'http://[', '/mcp/%E0%A4%A', '/mcp/%']) {
      const { status } = await ask({ path, body: initialize });
      assert.ok(status === 400 || status === 404, `${path}: ${status}`);
    }
    assert.doesNotMatch(open.log, /internal error/);
  });

  test('may end with a slash and have a query', async () => {
    assert.equal((await ask({ path: '/mcp/greeter/?a=b', body: initialize })).status, 200);
  });
});

suite('the Host header', () => {
  const own = ['localhost', 'LOCALHOST:1', '127.0.0.1', '127.0.0.1:80', '[::1]:3000', '127.9.9.9'];
  for (const host of own) {
    test(`may be ${host} on loopback`, async () => {
      assert.equal((await ask({ headers: { host }, body: initialize })).status, 200);
    });
  }
  const foreign = ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:3000', '10.0.0.1', ''];
  for (const host of foreign) {
    test(`that is ${JSON.stringify(host)} is refused with 403 on loopback: DNS rebinding`, async () => {
      assert.equal(refusalOf(await ask({ headers: { host }, body: initialize })), '403 forbidden_host');
      assert.equal(
        refusalOf(await ask({ method: 'GET', path: '/health', headers: { host } })),
        '403 forbidden_host',
      );
    });
  }

  test('is not looked at where others can reach the gateway by any name, with the key', async () => {
    const mcpServers = { outbox: { type: 'http', url: 'http://127.0.0.1:1/' } };
    await using far = await RunningGateway.start({
      gateway: { apiKey: key },
      mcpServers,
      listen: '0.0.0.0:0',
    });
    const headers = { host: 'sluice.example', authorization: `Bearer ${key}` };
    const response = await rawRequest(far.port, { path: '/mcp/outbox', headers, body: initialize });
    assert.equal(response.status, 200);
  });
});

suite('the Origin header', () => {
  for (const origin of ['http://evil.example', 'https://127.0.0.1.evil.example', 'null', 'file://', '']) {
    test(`that is ${JSON.stringify(origin)} is refused with 403`, async () => {
      assert.equal(refusalOf(await ask({ headers: { origin }, body: initialize })), '403 forbidden_origin');
    });
  }
  for (const origin of ['http://localhost:6274', 'http://127.0.0.1:8080', 'http://[::1]']) {
    test(`may be ${origin}: a page of this machine`, async () => {
      assert.equal((await ask({ headers: { origin }, body: initialize })).status, 200);
    });
  }
});

suite('the key', () => {
  const enter = (authorization: string | undefined) =>
    rawRequest(locked.port, { path: '/mcp/greeter', headers: { authorization }, body: initialize });

  for (const wrong of [
    undefined,
    '',
    'Bearer ',
    'Bearer another-key-entirely',
    `Basic ${key}`,
    `Bearer ${key}x`,
  ]) {
    test(`that is ${JSON.stringify(wrong)} is refused with 401 and what to send`, async () => {
      const response = await enter(wrong);
      assert.equal(refusalOf(response), '401 unauthorized');
      assert.equal(response.headers['www-authenticate'], 'Bearer');
      assert.match(response.body, /Authorization: Bearer KEY/);
      assert.ok(!response.body.includes(key));
    });
  }
  for (const right of [`Bearer ${key}`, `bearer ${key}`, key]) {
    test(`opens as ${JSON.stringify(right.replace(key, 'KEY'))}`, async () => {
      assert.equal((await enter(right)).status, 200);
    });
  }

  test('is asked for before anything is said about servers', async () => {
    assert.equal(refusalOf(await rawRequest(locked.port, { path: '/mcp/nobody' })), '401 unauthorized');
  });

  test('is not asked for by GET /health', async () => {
    assert.ok(
      [200, 503].includes((await rawRequest(locked.port, { method: 'GET', path: '/health' })).status),
    );
  });
});

suite('Sluice-Run', () => {
  for (const run of ['two words', 'x'.repeat(129), 'naïve', 'tab\there']) {
    test(`that is ${JSON.stringify(run.slice(0, 12))} is refused with 400`, async () => {
      const headers = { 'sluice-run': Buffer.from(run).toString('latin1') };
      assert.equal(refusalOf(await ask({ headers, body: initialize })), '400 bad_run');
    });
  }
  for (const run of ['', 'x'.repeat(128), '!~"\'{}']) {
    test(`may be ${JSON.stringify(run.slice(0, 12))}`, async () => {
      assert.equal((await ask({ headers: { 'sluice-run': run }, body: initialize })).status, 200);
    });
  }
});
