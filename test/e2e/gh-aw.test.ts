/** A gateway that is configured, started and called as gh-aw's own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { GhAwGateway } from '../harness/gh-aw-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { callTool, outcomeOf } from '../harness/tool-result.ts';
import { guardBytes, temporaryFolder } from '../harness/wasm-guard.ts';

const gatewayMain = join(import.meta.dirname, '..', '..', 'gateway', 'main.ts');
const settings = { port: 8080, domain: 'localhost' };
const answer = { result: { content: [{ type: 'text', text: 'an answer' }] } };

let backends: ScriptedBackends;
let gateway: GhAwGateway;

function server(name: string, more: object = {}): object {
  const tools = [
    { name: 'get', script: answer, annotations: { readOnlyHint: true } },
    { name: 'put', script: answer },
  ];
  return { type: 'http', url: backends.add(`/${name}`, tools), ...more };
}

before(async () => {
  backends = await ScriptedBackends.start();
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'guards', 'found'), { recursive: true });
  await writeFile(join(folder, 'guards', 'found', '00.wasm'), await guardBytes('answers-public'));
  await writeFile(join(folder, 'broken.wasm'), 'no module');
  const open = script({ operation: 'read' });
  const closed = script({ resource: { secrecy: ['private:acme/web'] } });
  gateway = await GhAwGateway.start(
    {
      gateway: settings,
      guards: {
        scripted: { ...scriptedGuard, policy: open },
        broken: { type: 'wasm', path: 'broken.wasm' },
      },
      mcpServers: {
        open: server('open', { guard: 'scripted', tools: ['get'] }),
        closed: server('closed', { guard: 'scripted', 'guard-policies': closed }),
        found: server('found'),
        broken: server('broken', { guard: 'broken' }),
        unread: server('unread', {
          'guard-policies': { 'allow-only': { repos: 'all', 'min-integrity': 'none' } },
        }),
      },
    },
    { folder, env: { MCP_GATEWAY_WASM_GUARDS_DIR: join(folder, 'guards') } },
  );
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

suite('a gateway with the configuration of gh-aw’s on standard input', () => {
  test('writes one document on standard output, and all else elsewhere', async () => {
    await gateway.logged('gateway listens');
    assert.deepEqual(Object.keys(JSON.parse(gateway.stdout)), ['mcpServers']);
    assert.deepEqual(Object.keys(gateway.servers), ['open', 'closed', 'found', 'broken', 'unread']);
    const { type, url, headers, tools } = gateway.servers.open ?? {};
    assert.equal(type, 'http');
    assert.match(url ?? '', /^http:\/\/localhost:\d+\/mcp\/open$/);
    assert.match(headers?.Authorization ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(tools, ['get']);
    assert.doesNotMatch(gateway.stderr, new RegExp(headers?.Authorization ?? ''));
  });

  test('is called by its address and its key, as they stand there', async () => {
    const client = await gateway.connect('open');
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['get'],
    );
    assert.deepEqual((await callTool(client, 'get', {})).content, [{ type: 'text', text: 'an answer' }]);
  });

  test('lets nobody in with another key, or without one', async () => {
    const { url = '' } = gateway.servers.open ?? {};
    for (const headers of [{}, { authorization: 'f'.repeat(64) }, { authorization: '' }]) {
      const response = await fetch(url, { method: 'POST', headers, body: '{}' });
      assert.equal(response.status, 401);
    }
  });

  test('judges calls by the guards and policies of the configuration', async () => {
    const result = await callTool(await gateway.connect('closed'), 'get', {});
    assert.equal(outcomeOf(result), 'denied READ_SECRECY');
  });

  test('finds the guard of a server in its folder', async () => {
    const result = await callTool(await gateway.connect('found'), 'get', {});
    assert.deepEqual(result.content, [{ type: 'text', text: 'an answer' }]);
  });

  test('never goes on unguarded where a guard does not load or nobody reads a policy', async () => {
    for (const name of ['broken', 'unread']) {
      const result = await callTool(await gateway.connect(name), 'get', {});
      assert.equal(outcomeOf(result), 'failed GUARD_UNAVAILABLE', name);
      assert.deepEqual(backends.calls.get(`/${name}`), []);
    }
  });

  test('tells its sidecar of the guards by a file that is nobody else’s', async () => {
    const [place = ''] = (await readdir(gateway.folder)).filter((name) => name.startsWith('sluice-guards-'));
    const file = join(gateway.folder, place, 'guards.json');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const { guards } = JSON.parse(await readFile(file, 'utf8'));
    assert.deepEqual(Object.keys(guards), ['scripted', 'found', 'broken']);
  });

  test('stops when it is asked to, and leaves nothing behind', async () => {
    assert.equal(await gateway.stop(), 0);
    const left = (await readdir(gateway.folder)).filter((name) => name.startsWith('sluice'));
    assert.deepEqual(left, []);
  });
});

suite('a gateway in front of gh-aw’s sinks', () => {
  test('asks GitHub how visible the workflow’s repository is', async () => {
    const asked: (string | undefined)[] = [];
    const github = createServer((request, response) => {
      asked.push(request.url, request.headers.authorization);
      response.end('{"visibility":"public"}');
    }).listen(0, '127.0.0.1');
    await once(github, 'listening');
    const sink = { 'write-sink': { accept: ['private:acme/web'] } };
    const mcpServers = { safeoutputs: server('safeoutputs', { 'guard-policies': sink }) };
    const env = {
      GITHUB_API_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}`,
      GITHUB_REPOSITORY: 'acme/web',
      GITHUB_TOKEN: 'of-the-job',
    };
    const config = { gateway: { ...settings, agentId: 'a-key-of-the-tests' }, mcpServers };
    await using unified = await GhAwGateway.start(config, { args: ['--unified'], env });
    assert.deepEqual(asked, ['/repos/acme/web', 'Bearer of-the-job']);
    assert.match(unified.stderr, /the workflow's repository is public/);
    assert.match(unified.servers.safeoutputs?.url ?? '', /^http:\/\/localhost:\d+\/mcp$/);
    assert.deepEqual(unified.servers.safeoutputs?.headers, { Authorization: 'a-key-of-the-tests' });
    github.close();
    github.closeAllConnections();
  });

  test('does not start with what it does not support, and writes nothing on standard output', async () => {
    const folder = await temporaryFolder();
    const start = GhAwGateway.start(
      { gateway: settings, mcpServers: {} },
      { env: { MCP_GATEWAY_HMAC_SECRET: 's' }, folder },
    );
    await assert.rejects(start, {
      message:
        'the gateway ended: MCP_GATEWAY_HMAC_SECRET: signed requests are not supported: unset it, and use keys or client certificates\n',
    });
    await rm(folder, { recursive: true, force: true });
  });

  test('leaves standard output to the client that started it over stdio', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify({ gateway: settings, mcpServers: { a: server('a') } }));
    const args = [gatewayMain, '--config', file, '--stdio', '--listen', '127.0.0.1:0'];
    const env = { TMPDIR: folder, MCP_GATEWAY_PAYLOAD_DIR: join(folder, 'payloads') };
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'], env });
    const initialize = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'test', version: '1' },
    };
    child.stdin.write(
      `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: initialize })}\n`,
    );
    const lines = createInterface({ input: child.stdout });
    const [first] = await once(lines, 'line');
    assert.equal(JSON.parse(first).id, 1);
    child.stdin.end();
    await once(child, 'close');
    assert.equal(child.exitCode, 0);
    await rm(folder, { recursive: true, force: true });
  });
});
