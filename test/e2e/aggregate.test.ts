/** All servers on one route: `/mcp`. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CreateMessageRequestSchema, type McpError, ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { fixtureMain, RunningFixture } from '../conformance/running-fixture.ts';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { HandMadeServer } from '../harness/hand-made-server.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { callTool, outcomeOf, textOf } from '../harness/tool-result.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const filesystem = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'mcp-server-filesystem');

let folder: string;
let fixture: RunningFixture;
let gateway: RunningGateway;
let client: Client;

const files = (name: string) => ({
  type: 'stdio',
  command: process.execPath,
  args: [filesystem, join(folder, name)],
});

before(async () => {
  folder = await temporaryFolder();
  for (const name of ['one', 'two']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'a.txt'), name);
  }
  fixture = await RunningFixture.start('legacy');
  gateway = await RunningGateway.start({
    mcpServers: { one: files('one'), two: files('two'), fixture: { type: 'http', url: fixture.url } },
  });
  client = await gateway.connect('');
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await fixture[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The result of a list as it is. */
async function listed(asking: Client, method: string, member: string): Promise<Record<string, unknown>[]> {
  const result = await asking.request({ method }, ResultSchema);
  const list = result[member];
  assert.ok(Array.isArray(list), JSON.stringify(result));
  return list;
}

suite('the aggregated route', () => {
  test('lists the tools of each server as they are on its own route, but for their names', async () => {
    const expected = [];
    for (const server of ['one', 'two', 'fixture'])
      for (const tool of await listed(await gateway.connect(server), 'tools/list', 'tools'))
        expected.push({ ...tool, name: `${server}___${tool.name}` });
    assert.deepEqual(await listed(client, 'tools/list', 'tools'), expected);
  });

  test('is served with and without a slash', async () => {
    for (const path of ['/mcp', '/mcp/']) {
      const response = await fetch(`${gateway.url}${path}`, { method: 'PUT' });
      assert.equal(response.headers.get('allow'), 'GET, POST, DELETE');
      await response.body?.cancel();
    }
  });

  test('calls the tool of the server that is named, of two that have the same', async () => {
    for (const server of ['one', 'two']) {
      const args = { path: join(folder, server, 'a.txt') };
      const { content } = await client.callTool({ name: `${server}___read_text_file`, arguments: args });
      assert.deepEqual(content, [{ type: 'text', text: server }]);
    }
    await assert.rejects(client.callTool({ name: 'read_text_file' }), (error: McpError) => {
      assert.equal(error.code, -32602);
      assert.match(error.message, /the server has no tool "read_text_file": see tools\/list/);
      return true;
    });
  });

  test('has the prompts, completions and resources of its servers', async () => {
    const prompts = await listed(client, 'prompts/list', 'prompts');
    assert.ok(prompts.some(({ name }) => name === 'fixture___test_simple_prompt'));
    const beside = await gateway.connect('fixture');
    const own = await beside.getPrompt({ name: 'test_simple_prompt' });
    assert.deepEqual(await client.getPrompt({ name: 'fixture___test_simple_prompt' }), own);
    const completion = (name: string) => ({
      ref: { type: 'ref/prompt' as const, name },
      argument: { name: 'arg1', value: 'te' },
    });
    assert.deepEqual(
      await client.complete(completion('fixture___test_prompt_with_arguments')),
      await beside.complete(completion('test_prompt_with_arguments')),
    );
    assert.deepEqual(
      await listed(client, 'resources/list', 'resources'),
      await listed(beside, 'resources/list', 'resources'),
    );
    const uri = 'test://static-text';
    assert.deepEqual(await client.readResource({ uri }), await beside.readResource({ uri }));
  });
});

suite('servers behind the aggregated route', () => {
  test('that ask the client at once get its answers each to its own question', async () => {
    const server = { type: 'http', url: fixture.url };
    await using around = await RunningGateway.start({ mcpServers: { left: server, right: server } });
    const asking = new Client({ name: 'test', version: '1' }, { capabilities: { sampling: {} } });
    const both = Promise.withResolvers<void>();
    let questions = 0;
    asking.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => {
      if (++questions === 2) both.resolve();
      await both.promise;
      const content = { type: 'text' as const, text: `re ${JSON.stringify(params.messages)}` };
      return { model: 'm', role: 'assistant' as const, content };
    });
    await asking.connect(new StreamableHTTPClientTransport(new URL(`${around.url}/mcp`)) as Transport);
    const call = async (name: string) =>
      textOf(await callTool(asking, `${name}___test_sampling`, { prompt: `question of ${name}` }));
    const [left, right] = await Promise.all([call('left'), call('right')]);
    await asking.close();
    assert.match(left, /re .*question of left/);
    assert.match(right, /re .*question of right/);
  });

  test('are guarded as on their own routes: one agent, whatever the route', async () => {
    const secret = script({ mode: 'propagate', resource: { secrecy: ['house'] } });
    const write = script({ operation: 'write' });
    const guarded = (policy: object) => ({
      type: 'http',
      url: fixture.url,
      guard: 'scripted',
      'guard-policies': policy,
    });
    await using guarding = await RunningGateway.start({
      guards: { scripted: scriptedGuard },
      mcpServers: { secrets: guarded(secret), letters: guarded(write) },
    });
    assert.equal(outcomeOf(await guarding.call('', 'letters___test_simple_text')), 'result');
    assert.equal(outcomeOf(await guarding.call('secrets', 'test_simple_text')), 'result');
    assert.equal(outcomeOf(await guarding.call('', 'letters___test_simple_text')), 'denied WRITE_SECRECY');
    assert.equal(outcomeOf(await guarding.call('', 'letters___test_simple_text', { run: 'r' })), 'result');
  });

  const read = (asking: Client, server: string) =>
    callTool(asking, `${server}___read_text_file`, { path: join(folder, server, 'a.txt') });

  test('that never answer leave the others alone', async () => {
    await using silent = await HandMadeServer.start(() => undefined);
    await using around = await RunningGateway.start({
      mcpServers: { silent: { type: 'http', url: silent.url }, one: files('one') },
    });
    const asking = await around.connect('');
    assert.equal(outcomeOf(await read(asking, 'one')), 'result');
  });

  test('that die leave the others alone', async () => {
    await using around = await RunningGateway.start({
      mcpServers: {
        one: files('one'),
        mortal: { type: 'stdio', command: process.execPath, args: [fixtureMain, '--stdio'] },
      },
    });
    const asking = await around.connect('');
    assert.equal(outcomeOf(await callTool(asking, 'mortal___test_simple_text', {})), 'result');
    process.kill(await around.serverPid(fixtureMain), 'SIGKILL');
    assert.equal(outcomeOf(await read(asking, 'one')), 'result');
    const names = (await listed(asking, 'tools/list', 'tools')).map(({ name }) => name);
    assert.ok(names.includes('one___read_text_file'));
  });
});

suite('a gateway whose names on /mcp would be ambiguous', () => {
  test('does not start, and says what to do', async () => {
    await assert.rejects(
      RunningGateway.start({ mcpServers: { a___b: { type: 'http', url: fixture.url } } }),
      /mcpServers\.a___b: the separator \\"___\\"|mcpServers\.a___b: the separator "___" of the names on \/mcp/,
    );
    await using other = await RunningGateway.start({
      gateway: { separator: '-' },
      mcpServers: { a___b: { type: 'http', url: fixture.url } },
    });
    assert.equal(outcomeOf(await other.call('', 'a___b-test_simple_text')), 'result');
  });
});
