/** What the log of a gateway and its sidecar never holds, and how it looks to people. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf } from '../harness/child-processes.ts';
import { oddServer, script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const key = 'hunter-key-0123456789-0123456789-0123456789';

/** A server that answers with a page, or with half an answer, with a secret in either. */
async function strangeServer(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/page') === true) response.writeHead(500).end('hunter-body');
    else response.setHeader('content-type', 'application/json').end('{"hunter-json": hunter');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The log of a gateway that was given secrets in every place that there is, and met every kind of failure. */
async function logWith(logs: readonly string[]): Promise<string> {
  await using backends = await ScriptedBackends.start();
  await using strange = await strangeServer();
  const tools = [
    { name: 'get', script: { result: { content: [{ type: 'text', text: 'hunter-result' }] } } },
    { name: 'refuse', script: { error: { code: -32_099, message: 'hunter-error', data: 'hunter-data' } } },
  ];
  const url = backends.add('/tools', tools);
  const http = (guard: object) => ({ type: 'http', url, headers: { 'x-key': 'hunter-header' }, ...guard });
  const rejection = { ...script({}), labelAgent: '{"ok":false,"error":"hunter-rejection"}' };
  const secret = script({ resource: { secrecy: ['hunter-tag'] } });
  const nonsense = script({
    response: '{"labeled_paths":[{"path":"/hunter-path"}],"items_path":"/hunter-pointer"}',
  });
  await using gateway = await RunningGateway.start({
    logs,
    gateway: { keys: { alice: key } },
    guards: { scripted: scriptedGuard },
    guests: { 'logs-its-input': {} },
    mcpServers: {
      plain: http({}),
      open: http({ guard: 'scripted', 'guard-policies': script({}) }),
      secret: http({ guard: 'scripted', 'guard-policies': secret }),
      nonsense: http({ guard: 'scripted', 'guard-policies': nonsense }),
      rejected: http({ guard: 'scripted', 'guard-policies': rejection }),
      chatty: http({ guard: 'logs-its-input' }),
      page: { type: 'http', url: `${strange.url}/page?key=hunter-query` },
      half: { type: 'http', url: `${strange.url}/half?key=hunter-query` },
      away: { type: 'http', url: 'http://127.0.0.1:1/?key=hunter-query', connectTimeout: 0.5 },
      odd: { ...oddServer, env: { OWN: 'hunter-env' } },
    },
    env: { SECRET: 'hunter-own' },
  });
  const call = (server: string, tool: string) =>
    gateway.call(server, tool, { key, args: { text: 'hunter-argument\n' } }).catch(() => undefined);
  for (const server of ['plain', 'open', 'secret', 'nonsense', 'rejected', 'chatty', 'page', 'half', 'away'])
    await call(server, 'get');
  for (const server of ['plain', 'open', 'chatty']) await call(server, 'refuse');
  for (const tool of ['shout', 'refuse', 'environment', 'babble', 'die']) await call('odd', tool);
  const headers = { authorization: 'Bearer hunter-wrong' };
  await fetch(`${gateway.url}/mcp/plain`, { method: 'POST', headers, body: '{"hunter-body' });
  await gateway.stop();
  return gateway.log;
}

/** One line for each of these must be there, or the gateway was never asked what the test is about. */
const expected = [
  '"tool":"get","outcome":"result"',
  '"server":"secret","tool":"get","outcome":"denied","reason":"READ_SECRECY"',
  '"server":"rejected","tool":"get","outcome":"failed","reason":"POLICY_REJECTED"',
  '"server":"chatty","tool":"get","outcome":"failed","reason":"GUARD_TRAPPED"',
  '"server":"open","tool":"refuse","outcome":"failed","reason":"BACKEND_ERROR"',
  '"server":"open","tool":"refuse","reason":"BACKEND_ERROR","details":"left out without --log-payloads"',
  '"message":"die: odd: the server closed its connection: it ended with exit status 3"',
  '"server":"away","tool":"get","outcome":"failed","reason":"BACKEND_UNAVAILABLE"',
];

suite('the log of a gateway and its sidecar', () => {
  test('holds no payload, tag, key or secret, whatever the level', async () => {
    const log = await logWith(['--log-level', 'debug']);
    for (const line of expected) assert.ok(log.includes(line), `${line} is not in:\n${log}`);
    const telling = log.split('\n').filter((line) => line.includes('hunter'));
    assert.deepEqual(telling, []);
    assert.match(
      log,
      /"message":"the guard logged lines: --log-payloads shows them","guard":"logs-its-input","lines":4/,
    );
  });

  test('has the words of servers and guards where the operator wants them, but no keys of its own', async () => {
    const log = await logWith(['--log-payloads']);
    for (const secret of ['hunter-argument', 'hunter-error', 'hunter-rejection', 'hunter-body'])
      assert.ok(log.includes(secret), secret);
    const guards = log
      .split('\n')
      .filter((line) => line.includes('"guard":"logs-its-input"') && line.includes('hunter'));
    const levels = new Set(guards.map((line) => JSON.parse(line).level));
    assert.deepEqual([...levels].sort(), ['error', 'info', 'warn']);
    for (const secret of [key, 'hunter-wrong', 'hunter-query', 'hunter-header', 'hunter-env', 'hunter-own'])
      assert.ok(!log.includes(secret), secret);
  });
});

suite('on a terminal', () => {
  /** What a gateway and its sidecar write to a terminal, until both listen and it is stopped. */
  async function onTerminal(env: Record<string, string>, ...flags: string[]): Promise<string> {
    const folder = await temporaryFolder();
    const config = join(folder, 'sluice.json');
    await writeFile(config, JSON.stringify({ mcpServers: { odd: oddServer } }));
    const main = join(import.meta.dirname, '..', '..', 'gateway', 'main.ts');
    const command = ['exec', process.execPath, main, '--config', config, '--listen', '127.0.0.1:0', ...flags];
    const { PATH = '' } = process.env;
    const child = spawn('script', ['-qefc', command.join(' '), '/dev/null'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH, TMPDIR: folder, TERM: 'xterm', SHELL: '/bin/sh', ...env },
    });
    let text = '';
    const closed = once(child, 'close');
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      const before = listens(text);
      text += chunk;
      if (listens(text) && !before) process.kill(await pidUnder(child.pid), 'SIGTERM');
    }
    await closed;
    await rm(folder, { recursive: true, force: true });
    return text;
  }

  const listens = (text: string) => text.includes('gateway listens') && text.includes('sidecar listens');

  /** There is no event for what /proc shows. */
  async function pidUnder(parent: number | undefined): Promise<number> {
    for (;;) {
      const [pid] = await childrenOf(parent);
      if (pid !== undefined) return pid;
      await delay(10);
    }
  }

  test('it is lines for people, in colour', async () => {
    const text = await onTerminal({});
    assert.match(text, /gateway listens {2}.*url=.*http:/);
    assert.ok(text.includes('\u001b[22m \u001b[32minfo \u001b[39m '), text);
    assert.match(text, /sidecar .*sidecar listens {2}/);
    assert.doesNotMatch(text, /\{"time"/);
  });

  test('it has no colours where NO_COLOR says so, the sidecar’s lines included', async () => {
    const text = await onTerminal({ NO_COLOR: '1' });
    assert.match(text, /^\d\d:\d\d:\d\d info {2}gateway {2}gateway listens {2}url=http:\S+\r$/m);
    assert.match(text, /^\d\d:\d\d:\d\d info {2}sidecar {2}sidecar listens {2}address=\S+\r$/m);
    assert.ok(!text.includes('\u001b'));
  });

  test('it is JSON where the operator says so', async () => {
    const text = await onTerminal({}, '--log-format', 'json');
    for (const line of text.trim().split('\r\n')) assert.ok(JSON.parse(line).time, line);
  });
});
