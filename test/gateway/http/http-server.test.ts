import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { begin, rawRequest, rpc } from '../../e2e/raw-request.ts';
import { CertificateAuthority } from '../../harness/certificates.ts';
import { temporaryFolder } from '../../harness/wasm-guard.ts';
import { type Asked, answer } from '../client-endpoint/scripted-peer.ts';
import { ServedRoutes } from '../served-routes.ts';

let served: ServedRoutes;
before(async () => {
  served = await ServedRoutes.start();
});
after(() => served[Symbol.asyncDispose]());

/** Sends bytes on a connection of their own; all that came back until its end. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  socket.write(bytes);
  return text(socket);
}

/** A GET of bytes, the last on its connection. */
function get(target: string, headers: readonly string[] = ['Host: localhost']): Promise<string> {
  const lines = [`GET ${target} HTTP/1.1`, ...headers, 'Connection: close', '', ''];
  return exchange(served.port, lines.join('\r\n'));
}

/** The status, and the code where the body is a refusal of ours. */
function outcomeOf(response: string): string {
  const [, status = ''] = /^HTTP\/1\.1 (\d+)/.exec(response) ?? [];
  const [, code = ''] = /"error":"(\w+)"/.exec(response) ?? [];
  return `${status} ${code}`.trim();
}

suite('a request line', () => {
  test('with another host’s name in it is refused: nobody takes us for a proxy', async () => {
    for (const target of [
      'http://evil.example/health',
      'http://localhost/health',
      'https://x',
      '*',
      'health',
    ])
      assert.match(outcomeOf(await get(target)), /^400/, target);
    assert.equal(outcomeOf(await get('http://localhost/health')), '400 bad_target');
  });

  test('may be no longer than the longest that leads anywhere', async () => {
    assert.equal(outcomeOf(await get(`/${'x'.repeat(2047)}`)), '404 not_found');
    assert.equal(outcomeOf(await get(`/${'x'.repeat(2048)}`)), '414 target_too_long');
    assert.equal(outcomeOf(await get(`/${'x'.repeat(17 * 1024)}`)), '431');
  });

  test('that asks for a tunnel gets none', async () => {
    assert.equal(
      await exchange(served.port, 'CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n'),
      '',
    );
  });
});

suite('the headers', () => {
  const numbered = (count: number) => Array.from({ length: count }, (_, number) => `X-${number}: x`);

  test('may be a hundred, and one more is refused, not dropped', async () => {
    // Host and Connection are two.
    assert.equal(outcomeOf(await get('/health', ['Host: localhost', ...numbered(98)])), '200');
    const tooMany = ['Host: localhost', ...numbered(99)];
    assert.equal(outcomeOf(await get('/health', tooMany)), '431 too_many_headers');
    const hidden = ['Host: localhost', ...numbered(1_000), 'Authorization: x'];
    assert.equal(outcomeOf(await get('/health', hidden)), '431 too_many_headers');
  });

  test('may have 16 KiB in all', async () => {
    assert.equal(outcomeOf(await get('/health', ['Host: localhost', `X: ${'x'.repeat(15_000)}`])), '200');
    assert.equal(outcomeOf(await get('/health', ['Host: localhost', `X: ${'x'.repeat(16_500)}`])), '431');
  });

  for (const name of ['Host', 'HOST', 'Origin', 'Authorization', 'Sluice-Run']) {
    test(`may hold ${name} once: whatever stands before us may have looked at the other`, async () => {
      const value = name.toLowerCase() === 'host' ? 'localhost' : 'http://localhost';
      const both = ['Host: localhost', `${name}: ${value}`, `${name.toLowerCase()}: evil.example`];
      const headers = name.toLowerCase() === 'host' ? both.slice(1) : both;
      assert.equal(outcomeOf(await get('/reflect', headers)), '400 repeated_header');
    });
  }

  test('must hold Host', async () => {
    assert.equal(outcomeOf(await get('/health', [])), '400');
    assert.equal(
      outcomeOf(await exchange(served.port, 'GET /health HTTP/1.0\r\n\r\n')),
      '403 forbidden_host',
    );
  });
});

suite('a connection', () => {
  test('carries any number of requests', async () => {
    const once = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const last = 'GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const answers = await exchange(served.port, once.repeat(2_000) + last);
    assert.equal(answers.match(/HTTP\/1\.1 200/g)?.length, 2_000);
    assert.match(answers, /HTTP\/1\.1 404/);
  });

  test('above the limit is closed at once, and there is room again when another ends', async () => {
    await using crowded = await ServedRoutes.start({ limits: { maxConnections: 2 } });
    const open = () => connect(crowded.port, '127.0.0.1');
    const kept: Socket[] = [open(), open()];
    await Promise.all(kept.map((socket) => once(socket, 'connect')));
    const surplus = open();
    surplus.resume();
    surplus.on('error', () => undefined);
    await once(surplus, 'close');
    for (const socket of kept) {
      socket.end('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      assert.equal(outcomeOf(await text(socket.setEncoding('latin1'))), '200');
    }
    assert.equal((await rawRequest(crowded.port, { method: 'GET', path: '/health' })).status, 200);
  });

  const hasty = { headersTimeoutMs: 200, requestTimeoutMs: 400, checkMs: 50 };
  const slow: readonly (readonly [about: string, sent: string, ended: RegExp])[] = [
    ['that says nothing', '', /^(HTTP\/1\.1 408|$)/],
    ['whose headers do not end', 'GET /health HTTP/1.1\r\nHost: localhost\r\nX: ', /^HTTP\/1\.1 408/],
    [
      'whose body does not end',
      'POST /mcp/scripted HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
        'Accept: */*\r\nContent-Length: 100\r\n\r\n{',
      /^HTTP\/1\.1 408/,
    ],
  ];
  for (const [about, sent, ended] of slow) {
    test(`${about} ends`, async () => {
      await using impatient = await ServedRoutes.start({ limits: hasty });
      assert.match(await exchange(impatient.port, sent), ended);
    });
  }

  test('whose TLS does not begin ends', async () => {
    const folder = await temporaryFolder();
    const { identity } = await CertificateAuthority.create(folder);
    const tls = { certificate: identity.cert, privateKey: identity.key, clientAuthority: undefined };
    await using impatient = await ServedRoutes.start({ tls, limits: { handshakeTimeoutMs: 100 } });
    assert.equal(await exchange(impatient.port, '\x16\x03\x01'), '');
  });

  test('without a request ends after a while', async () => {
    await using impatient = await ServedRoutes.start({ limits: { keepAliveMs: 100 } });
    const answers = await exchange(impatient.port, 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.equal(outcomeOf(answers), '200');
  });

  test('ends where its client does not read what it was sent', async () => {
    const text = 'x'.repeat(30 * 1024 * 1024);
    const script = { 'tools/call': (asked: Asked) => answer(asked, { content: [{ type: 'text', text }] }) };
    await using impatient = await ServedRoutes.start({ limits: { unreadMs: 50 }, script });
    const session = await begin(impatient.port, '/mcp/scripted');
    const socket = connect(impatient.port, '127.0.0.1').pause();
    socket.write(call(session));
    // It is asked twice whether the client has read anything meanwhile.
    for (let i = 0; i < 4; i++) await idleEnded(impatient.port);
    const rest = await Array.fromAsync(socket).catch(() => []);
    assert.ok(Buffer.concat(rest).length < text.length);
  });

  test('does not end where its client waits for an answer', async () => {
    const asked = Promise.withResolvers<Asked>();
    const script = { 'tools/call': asked.resolve };
    await using impatient = await ServedRoutes.start({ limits: { unreadMs: 50 }, script });
    const session = await begin(impatient.port, '/mcp/scripted');
    const patient = rawRequest(impatient.port, {
      path: '/mcp/scripted',
      headers: { 'mcp-session-id': session },
      body: rpc('tools/call', {}, 1),
    });
    const waiting = await asked.promise;
    // An idle connection that opened later has ended by the same limit: so the silence of the other was longer.
    await idleEnded(impatient.port);
    answer(waiting, { content: [] });
    assert.equal((await patient).status, 200);
  });
});

/** Settles when a connection that says nothing has been ended by the server. */
async function idleEnded(port: number): Promise<void> {
  const idle = connect(port, '127.0.0.1').resume();
  await once(idle, 'close');
}

function call(session: string): string {
  const body = rpc('tools/call', {}, 1);
  const head = 'POST /mcp/scripted HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  return `${head}Connection: close\r\nAccept: */*\r\nMcp-Session-Id: ${session}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
