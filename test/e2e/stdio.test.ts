/** A client that starts the gateway itself, as desktop clients do. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { fixtureMain } from '../conformance/running-fixture.ts';
import { initialize } from '../gateway/client-endpoint/stdio-stage.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const root = join(import.meta.dirname, '..', '..');
const gatewayMain = join(root, 'gateway', 'main.ts');
const filesystem = join(root, 'node_modules', '.bin', 'mcp-server-filesystem');

let folder: string;
let config: string;
before(async () => {
  folder = await temporaryFolder();
  config = join(folder, 'sluice.json');
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'data', 'a.txt'), 'hello');
  const fixture = { type: 'stdio', command: process.execPath, args: [fixtureMain, '--stdio'] };
  const files = { type: 'stdio', command: process.execPath, args: [filesystem, join(folder, 'data')] };
  await writeFile(config, JSON.stringify({ mcpServers: { files, fixture } }));
});
after(() => rm(folder, { recursive: true, force: true }));

const args = (...more: string[]) => [gatewayMain, '--config', config, '--stdio', ...more];
const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env.PATH ?? '',
  TMPDIR: folder,
  ...more,
});

/** The SDK's client over a gateway of its own, and what that logs. */
class LaunchedGateway implements AsyncDisposable {
  readonly client = new Client({ name: 'test', version: '1' });
  readonly transport: StdioClientTransport;
  log = '';

  private constructor(...more: string[]) {
    this.transport = new StdioClientTransport({
      command: process.execPath,
      args: args(...more),
      env: environment(),
      stderr: 'pipe',
    });
    this.transport.stderr?.on('data', (chunk) => {
      this.log += String(chunk);
    });
  }

  static async start(...more: string[]): Promise<LaunchedGateway> {
    const gateway = new LaunchedGateway(...more);
    await gateway.client.connect(gateway.transport);
    return gateway;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

type Gateway = ChildProcessByStdio<Writable, Readable, Readable>;

function launch(more: readonly string[] = [], env: Record<string, string> = {}): Gateway {
  return spawn(process.execPath, args(...more), { env: environment(env), stdio: ['pipe', 'pipe', 'pipe'] });
}

suite('a gateway over stdio', () => {
  test('has all servers for the SDK’s client, and listens nowhere', async () => {
    await using gateway = await LaunchedGateway.start();
    const { client } = gateway;
    assert.equal(client.getServerVersion()?.name, 'sluice');
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    assert.ok(
      names.includes('files___read_text_file') && names.includes('fixture___test_simple_text'),
      names.join(),
    );
    const path = join(folder, 'data', 'a.txt');
    const { content } = await client.callTool({ name: 'files___read_text_file', arguments: { path } });
    assert.deepEqual(content, [{ type: 'text', text: 'hello' }]);
    assert.doesNotMatch(gateway.log, /gateway listens/);
  });

  test('has one server as it is with --server, and listens, too, with --listen', async () => {
    await using gateway = await LaunchedGateway.start('--server', 'files', '--listen', '127.0.0.1:0');
    const { tools } = await gateway.client.listTools();
    assert.ok(tools.some(({ name }) => name === 'read_text_file'));
    const [, url] = /"url":"([^"]+)"/.exec(gateway.log) ?? [];
    assert.equal((await fetch(`${url}/health`)).ok, true);
  });

  test('writes nothing but messages to its output, and ends when its input does', async () => {
    const child = launch();
    const log = text(child.stderr);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stdin.write(`nonsense\n${initialize('2025-06-18', '1')}\n`);
    assert.equal(JSON.parse((await lines.next()).value ?? '').error.code, -32700);
    assert.equal(JSON.parse((await lines.next()).value ?? '').id, 1);
    child.stdin.write('{"jsonrpc":"2.0","id":2,"method":"tools/list"}\n');
    assert.equal(JSON.parse((await lines.next()).value ?? '').id, 2);
    const closed = once(child, 'close');
    child.stdin.end();
    assert.equal((await lines.next()).done, true);
    assert.deepEqual(await closed, [0, null]);
    assert.match(await log, /gateway stops/);
  });

  test('ends on SIGTERM, and when its output is closed', async () => {
    const asked = launch();
    asked.stdin.write(`${initialize('2025-06-18', '1')}\n`);
    await once(asked.stdout, 'data');
    asked.kill('SIGTERM');
    assert.deepEqual(await once(asked, 'close'), [0, null]);

    const left = launch();
    left.stdin.write(`${initialize('2025-06-18', '1')}\n`);
    await once(left.stdout, 'data');
    left.stdout.destroy();
    left.stdin.write('{"jsonrpc":"2.0","id":2,"method":"ping"}\n');
    assert.deepEqual(await once(left, 'exit'), [0, null]);
  });

  for (const [about, more, env, sentence] of [
    [
      'for a server that there is not',
      ['--server', 'x'],
      {},
      'no server "x" is configured; there are: files, fixture',
    ],
    [
      'with a run that is none',
      [],
      { SLUICE_RUN: 'a b' },
      'SLUICE_RUN must be one word of at most 128 printable ASCII characters',
    ],
  ] as const) {
    test(`does not begin ${about}`, async () => {
      const child = launch(more, env);
      const [[code], said, out] = await Promise.all([
        once(child, 'close'),
        text(child.stderr),
        text(child.stdout),
      ]);
      assert.deepEqual([code, out], [2, '']);
      assert.ok(said.includes(sentence), said);
    });
  }
});
