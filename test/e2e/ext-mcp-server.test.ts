/** agentgateway's part is played by the tests; the server is the official one for files, the guard the one that rules files. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { filesystemServer, rulesGuard } from '../harness/gateway-parts.ts';
import { GuardrailClient } from '../harness/guardrail-client.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const rules = join(import.meta.dirname, '..', '..', 'guards', 'rules', 'examples', 'files.json');

let folder: string;
let gateway: RunningGateway;
let guardrails: GuardrailClient;
let files: Client;

before(async () => {
  folder = await temporaryFolder();
  for (const name of ['public', 'private']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'note.txt'), `a ${name} note`);
  }
  const server = filesystemServer(folder) as { command: string; args: string[] };
  const policy = JSON.parse((await readFile(rules, 'utf8')).replaceAll('/data', folder));
  gateway = await RunningGateway.start({
    gateway: { extMcp: { listen: '127.0.0.1:0' } },
    guards: { rules: rulesGuard },
    mcpServers: { files: { ...server, guard: 'rules', 'guard-policies': policy } },
  });
  await gateway.ready();
  guardrails = await GuardrailClient.of(gateway);
  files = new Client({ name: 'agentgateway', version: '1' });
  await files.connect(new StdioClientTransport({ ...server, stderr: 'ignore' }) as Transport);
});
after(async () => {
  await files.close();
  guardrails[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function ask(method: string, params?: object) {
  const call = { target: 'files', method, params, principal: 'alice' };
  const upstream = (sent: unknown) => files.request({ method, params: Object(sent ?? {}) }, ResultSchema);
  return guardrails.through(call, upstream);
}

function read(name: string) {
  const path = join(folder, name, 'note.txt');
  return ask('tools/call', { name: 'read_text_file', arguments: { path } });
}

suite('the official filesystem server behind agentgateway', () => {
  test('shows its tools and delivers a public file, each as the server has it', async () => {
    assert.deepEqual(await ask('tools/list'), {
      result: await files.request({ method: 'tools/list' }, ResultSchema),
    });
    const got = await read('public');
    assert.match(JSON.stringify(got), /a public note/);
  });

  test('does not deliver a private one, nor its listing', async () => {
    await ask('tools/list');
    const got = JSON.stringify(await read('private'));
    assert.doesNotMatch(got, /a private note/);
    const all = await ask('tools/call', { name: 'list_directory', arguments: { path: folder } });
    assert.doesNotMatch(JSON.stringify(all), /\[DIR\]/);
  });
});
