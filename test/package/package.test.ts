/** The package as operators get it: packed, installed and run for real. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { childrenOf } from '../harness/child-processes.ts';
import { OtlpReceiver } from '../harness/otlp-receiver.ts';
import { callTool, textOf } from '../harness/tool-result.ts';
import { InstalledPackage } from './installed-package.ts';

/** Packing, installing some 140 packages, and a demo, on a busy machine. In milliseconds. */
const timeout = 120_000;

/** What it may hold, first folder and files beside it. A further line here is a decision. */
const entries = [
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'LICENSE',
  'RATIONALE.md',
  'README.md',
  'cli',
  'dist',
  'docs',
  'examples',
  'guards',
  'package.json',
];
const compiled = ['cli', 'conformance', 'examples', 'gateway', 'proto', 'sidecar'];
/** In bytes: it has some 0.7 MB, documents and the picture of the status page included. */
const maxSize = 1024 * 1024;

suite('the package', { timeout }, () => {
  let sluice: InstalledPackage;
  before(
    async () => {
      sluice = await InstalledPackage.make();
    },
    { timeout },
  );
  after(() => sluice[Symbol.asyncDispose]());

  const paths = () => sluice.report.files.map(({ path }) => path);
  const folders = (depth: number, within = '') =>
    [
      ...new Set(
        paths()
          .filter((path) => path.startsWith(within))
          .map((path) => path.split('/')[depth] ?? ''),
      ),
    ].sort();

  test('holds these entries and no others', () => {
    assert.deepEqual(folders(0), entries);
    assert.deepEqual(folders(1, 'dist/'), compiled);
    assert.deepEqual(folders(1, 'examples/'), ['systemd']);
    assert.deepEqual(folders(1, 'cli/'), ['bin']);
  });

  test('holds no sources, no tests and nothing of whoever packed it', () => {
    const foreign = /\.(ts|wat|map|tgz|log|pem|key|crt|env)$|(^|\/)(\.|test\/|node_modules\/)/;
    assert.deepEqual(
      paths().filter((path) => foreign.test(path)),
      [],
    );
  });

  test('is small', () => assert.ok(sluice.report.size < maxSize, String(sluice.report.size)));

  test('brings no Node along, no tools, and no install scripts', async () => {
    const installed = await readdir(join(sluice.folder, 'node_modules'));
    const unwanted = /^(node-linux|typescript|fast-check|sluice-development)/;
    assert.deepEqual(
      installed.filter((name) => unwanted.test(name)),
      [],
    );
    const { scripts } = JSON.parse(await readFile(join(sluice.folder, 'package.json'), 'utf8'));
    assert.deepEqual(
      Object.keys(scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name)),
      [],
    );
  });

  test('has the commands sluice, sluice-gateway and sluice-sidecar', async () => {
    const { version } = JSON.parse(await readFile(join(sluice.folder, 'package.json'), 'utf8'));
    assert.equal((await sluice.run('sluice', '--version')).stdout, `${version}\n`);
    for (const [command, ...words] of [
      ['sluice-gateway'],
      ['sluice', 'gateway'],
      ['sluice-sidecar'],
      ['sluice', 'sidecar'],
    ] as const) {
      const { exitCode, stderr } = await sluice.run(command, ...words);
      assert.equal(exitCode, 2);
      assert.ok(stderr.includes(`usage: sluice-${words[0] ?? command.slice('sluice-'.length)}`), stderr);
    }
  });

  test('inspects a guard, its validation and its start included', async () => {
    const rules = join(sluice.folder, 'guards', 'rules', 'rules.wasm');
    const { exitCode, stdout, stderr } = await sluice.run('sluice', 'guard', 'inspect', rules);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /a sidecar serves it\n$/);
  });

  test('checks a configuration, its jq programs included', async () => {
    const server = { type: 'http', url: 'http://127.0.0.1:9/mcp', responseFilters: { get: '.foo' } };
    const file = join(sluice.temporary, 'filters.json');
    await writeFile(file, JSON.stringify({ mcpServers: { s: server } }));
    const { exitCode, stdout, stderr } = await sluice.run('sluice', 'check', file);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /the configuration is valid/);
  });

  test('plays the quickstart: guards label, the gateway decides', async () => {
    const { exitCode, stdout, stderr } = await sluice.run('sluice', 'demo', 'http://127.0.0.1:1');
    assert.equal(exitCode, 0, stderr);
    for (const verdict of ['DENIED (READ_SECRECY)', 'DENIED (AUDIENCE)', 'ALLOWED, with items withheld'])
      assert.ok(stdout.includes(verdict), stdout);
    assert.ok(stdout.includes('["Hello","Good morning"]'), stdout);
  });

  test('runs guards of the package in processes that may read their own source only', async () => {
    const file = join(sluice.temporary, 'guards.json');
    const path = join(sluice.folder, 'guards', 'rules', 'rules.wasm');
    await writeFile(file, JSON.stringify({ guards: { rules: { type: 'wasm', path } } }));
    const listen = `unix:${join(sluice.temporary, 'guard.sock')}`;
    const sidecar = sluice.start('sluice-sidecar', ['--config', file, '--listen', listen]);
    const ended = once(sidecar, 'exit');
    const log = await loggedUntil(sidecar.stderr, 'sidecar listens');
    assert.match(log, /guard loaded/);
    const guards = await Promise.all((await childrenOf(sidecar.pid)).map(commandLine));
    assert.ok(guards.length >= 1);
    for (const line of guards) {
      assert.ok(line.includes('--permission'), line.join(' '));
      const reads = line.filter((argument) => argument.startsWith('--allow-'));
      assert.deepEqual(reads, [`--allow-fs-read=${sluice.folder}/dist/sidecar/guest/*`]);
    }
    sidecar.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });

  test('serves the status page, and sends traces of gateway and sidecar', async () => {
    await using receiver = await OtlpReceiver.start();
    const outbox = join(sluice.folder, 'dist', 'examples', 'quickstart', 'outbox.js');
    const file = join(sluice.temporary, 'outbox.json');
    const path = join(sluice.folder, 'guards', 'rules', 'rules.wasm');
    const policy = {
      mode: 'filter',
      agent: { secrecy: [], integrity: [] },
      tools: [{ names: 'post', operation: 'write', secrecy: [] }],
    };
    const server = { type: 'stdio', command: process.execPath, args: [outbox], guard: 'rules' };
    const configuration = {
      gateway: { listen: '127.0.0.1:0' },
      guards: { rules: { type: 'wasm', path } },
      mcpServers: { outbox: { ...server, 'guard-policies': policy } },
    };
    await writeFile(file, JSON.stringify(configuration));
    const gateway = sluice.start('sluice-gateway', ['--config', file], receiver.env);
    const ended = once(gateway, 'exit');
    const [, url = ''] = /"url":"([^"]+)"/.exec(await loggedUntil(gateway.stderr, 'gateway listens')) ?? [];

    const page = await fetch(`${url}/status`);
    assert.equal(page.status, 200);
    // Of page/live.js: the page carries its script.
    assert.match(await page.text(), /<script[^>]*>[\s\S]*EventSource/);
    assert.equal(await post(url), 'posted as number 1');
    await receiver.span(({ service }) => service === 'sluice-gateway');
    await receiver.span(({ service, name }) => service === 'sluice-sidecar' && name.startsWith('label_'));

    gateway.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });

  test('holds a sidecar against the contract, with the guard that it brings', async () => {
    const file = join(sluice.temporary, 'kit.json');
    const path = join(sluice.folder, 'guards', 'conformance', 'conformance.wasm');
    await writeFile(file, JSON.stringify({ guards: { conformance: { type: 'wasm', path } } }));
    const address = `unix:${join(sluice.temporary, 'kit.sock')}`;
    const sidecar = sluice.start('sluice-sidecar', ['--config', file, '--listen', address]);
    const { exitCode, stdout, stderr } = await sluice.run('sluice', 'conformance', '--address', address);
    sidecar.kill('SIGTERM');
    assert.equal(exitCode, 0, stdout + stderr);
    assert.match(stdout, /\nsidecar: \d+ passed, 0 failed, 0 skipped\n$/);
  });
});

async function post(url: string): Promise<string> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp/outbox`)) as Transport);
  try {
    return textOf(await callTool(client, 'post', { message: 'hello' }));
  } finally {
    await client.close();
  }
}

/** What was logged up to a line with these words; what comes after it is read and dropped. */
async function loggedUntil(log: Readable, words: string): Promise<string> {
  const lines = createInterface({ input: log });
  let text = '';
  for await (const line of lines) {
    text += `${line}\n`;
    if (line.includes(words)) break;
  }
  log.resume();
  return text;
}

async function commandLine(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
}
