import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { suite, test } from 'node:test';
import { Backend } from '../../../gateway/backend/backend.ts';
import type { ServerConfig } from '../../../gateway/config/gateway-config.ts';
import { usualEnvironment } from '../../../gateway/config.ts';
import { Log } from '../../../gateway/log.ts';
import { writeRequest } from '../../../gateway/rpc/write-message.ts';
import { transportMaker } from '../../../gateway/server-transport/transport-maker.ts';
import { gone } from '../../harness/child-processes.ts';
import { HandMadeServer } from '../../harness/hand-made-server.ts';
import { ScriptedBackends } from '../../harness/scripted-backend.ts';
import { serverConfig } from '../granting-server.ts';
import { silentLog } from '../silent-log.ts';
import { Recorder } from './recorder.ts';

const never = new AbortController().signal;

/** What a tool of a server says. */
async function textOf(config: ServerConfig, tool: string, log = silentLog): Promise<string> {
  await using backend = new Backend(
    config.name,
    transportMaker(config, { environment: usualEnvironment(), log }),
    { log },
  );
  return JSON.parse(await backend.callTool({ tool, args: '{"text":"first\\nno end"}' }, never)).content[0]
    .text;
}

function stdio(env: Readonly<Record<string, string>> = {}): ServerConfig {
  const args = [join(import.meta.dirname, '../../harness/odd-server.ts'), 'one', 'two words', '$HOME'];
  const transport = {
    kind: 'stdio',
    command: process.execPath,
    args,
    env,
    cwd: import.meta.dirname,
  } as const;
  return serverConfig({ name: 'odd', transport });
}

suite('a server over stdio', () => {
  test('gets its arguments without a shell in between, and its folder', async () => {
    assert.deepEqual(JSON.parse(await textOf(stdio(), 'place')), {
      cwd: import.meta.dirname,
      args: ['one', 'two words', '$HOME'],
    });
  });

  test('gets what is configured and what no program can do without, and nothing else', async () => {
    process.env.OF_THE_GATEWAY = 'a secret';
    const environment = JSON.parse(await textOf(stdio({ OWN: 'given' }), 'environment'));
    delete process.env.OF_THE_GATEWAY;
    const usual = ['HOME', 'LOGNAME', 'PATH', 'SHELL', 'TERM', 'USER'];
    const more = Object.keys(environment).filter((name) => !usual.includes(name));
    assert.deepEqual(more, ['OWN']);
  });

  test('has its standard error in the log line by line, the last one without an end, too', async () => {
    const output = new PassThrough().setEncoding('utf8');
    await textOf(stdio(), 'shout', new Log(output, { showsPayloads: true }));
    const lines: string[] = [];
    for await (const chunk of output) {
      for (const line of chunk.split('\n').filter(Boolean)) lines.push(JSON.parse(line).message);
      if (lines.includes('no end')) break;
    }
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('backend:')),
      ['first', 'no end'],
    );
  });
});

suite('a server over stdio that dies', () => {
  /** Ends before it answers anything, and leaves a trace. */
  const dying = `console.error('Trace:\\n  at start'); process.stdin.once('data', () => process.exit(7))`;

  /** What a backend of such a server says of a call, and what the log holds then. */
  async function failures(count: number) {
    const transport = {
      kind: 'stdio',
      command: process.execPath,
      args: ['-e', dying],
      env: {},
      cwd: '/',
    } as const;
    const output = new PassThrough().setEncoding('utf8');
    const log = new Log(output, { showsPayloads: true });
    const environment = usualEnvironment();
    const make = transportMaker(serverConfig({ name: 'dying', transport }), { environment, log });
    const errors: string[] = [];
    for (let call = 0; call < count; call++) {
      await using backend = new Backend('dying', make, { log });
      await backend.callTool({ tool: 'a', args: '{}' }, never).catch((error) => errors.push(error.message));
    }
    log.flush();
    output.end();
    const text = (await output.toArray()).join('');
    const entries = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    return { errors, warnings: entries.filter(({ level }) => level === 'warn') };
  }

  test('is not started again at once, for no connection: a call fails and says when it will be', async () => {
    const { errors, warnings } = await failures(3);
    assert.match(errors[0] ?? '', /ended with exit status 7; it said last: at start$/);
    const held = /\(failure 1 in a row\): it is started again at the next request in 0\.[1-5] s$/;
    for (const error of errors.slice(1)) assert.match(error, held);
    assert.equal(warnings.length, 1);
  });

  test('has how it died in the log, with the last lines that it said', async () => {
    const [warning] = (await failures(1)).warnings;
    assert.match(warning.message, /exit status 7; the next start waits 0\.5 s$/);
    assert.deepEqual([warning.server, warning.details], ['dying', 'Trace:\n  at start']);
  });
});

suite('a server that never answers', () => {
  test('is given up after the time that is configured, and ended', async () => {
    const script = `process.stdin.resume(); console.error(process.pid)`;
    const transport = {
      kind: 'stdio',
      command: process.execPath,
      args: ['-e', script],
      env: {},
      cwd: '/',
    } as const;
    const output = new PassThrough().setEncoding('utf8');
    const log = new Log(output, { showsPayloads: true });
    const config = serverConfig({ name: 'silent', transport, connectTimeoutMs: 1_000 });
    await using backend = new Backend('silent', transportMaker(config, { environment: {}, log }), { log });
    const words = /silent cannot be reached: the server did not answer within 1 s of its start/;
    await assert.rejects(backend.callTool({ tool: 'a', args: '{}' }, never), words);
    const [line] = (output.read() ?? '').split('\n');
    const pid = Number(JSON.parse(line).message);
    assert.ok(pid > 0);
    await gone(pid);
  });

  test('is given up over HTTP, too', async () => {
    await using silent = await HandMadeServer.start(() => undefined);
    const transport = { kind: 'http', url: silent.url, headers: {}, credentials: undefined } as const;
    const config = serverConfig({ transport, connectTimeoutMs: 100 });
    await assert.rejects(textOf(config, 'a'), /did not answer within 0\.1 s of its start/);
  });
});

suite('a server over HTTP', () => {
  test('is waited for while it starts, with as much patience as is configured', async () => {
    let refusals = 0;
    await using late = await HandMadeServer.start(({ body, response }) => {
      const { id, method } = JSON.parse(body || '{}');
      if (method === 'initialize' && refusals++ < 2) return void response.writeHead(503).end();
      if (id === undefined) return void response.writeHead(202).end();
      const result =
        method === 'initialize' ? { protocolVersion: '2025-06-18' } : { content: [{ text: 'got' }] };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    });
    const transport = { kind: 'http', url: late.url, headers: {}, credentials: undefined } as const;
    assert.equal(await textOf(serverConfig({ transport }), 'get'), 'got');
    assert.equal(refusals, 3);
    refusals = 0;
    await assert.rejects(textOf(serverConfig({ transport, connectTimeoutMs: 50 }), 'get'), /HTTP status 503/);
    assert.equal(refusals, 1);
  });

  test('is not waited for any more when its connection is closed', async () => {
    await using away = await HandMadeServer.start(({ response }) => void response.writeHead(502).end());
    const transport = { kind: 'http', url: away.url, headers: {}, credentials: undefined } as const;
    const make = transportMaker(serverConfig({ transport }), { environment: {}, log: silentLog });
    const client = make(new Recorder());
    const sent = client.send(writeRequest('1', 'initialize', '{}'), never);
    await away.arrived(({ method }) => method === 'POST');
    await Promise.all([client.close(), assert.rejects(sent, /the connection was closed/)]);
  });

  test('gets the configured headers with each message', async () => {
    await using scripted = await ScriptedBackends.start();
    const url = scripted.add('/headers', [
      { name: 'get', script: { result: { content: [{ text: 'got' }] } } },
    ]);
    const headers = { Authorization: 'Bearer of the operator' };
    const transport = { kind: 'http', url, headers, credentials: undefined } as const;
    assert.equal(await textOf(serverConfig({ transport }), 'get'), 'got');
    const received = scripted.headers.get('/headers') ?? [];
    assert.ok(received.length >= 3);
    for (const { authorization } of received) assert.equal(authorization, 'Bearer of the operator');
  });
});
