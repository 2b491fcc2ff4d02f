/** All servers at once, for clients without sessions. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { RunningFixture } from '../conformance/running-fixture.ts';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { HandMadeServer } from '../harness/hand-made-server.ts';
import { ModernClient } from '../harness/modern-client.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { outcomeOf } from '../harness/tool-result.ts';

const parts = new AsyncDisposableStack();
let gateway: RunningGateway;
let client: ModernClient;

before(async () => {
  const modern = parts.use(await RunningFixture.start('modern')).url;
  const legacy = parts.use(await RunningFixture.start('legacy')).url;
  const away = await HandMadeServer.start(() => undefined);
  const { url: nowhere } = away;
  await away[Symbol.asyncDispose]();
  gateway = parts.use(
    await RunningGateway.start({
      guards: { scripted: scriptedGuard },
      mcpServers: {
        new: { type: 'http', url: modern },
        old: { type: 'http', url: legacy, tools: ['test_simple_text', 'test_trigger_tool_change'] },
        kept: {
          type: 'http',
          url: modern,
          tools: ['test_simple_text'],
          guard: 'scripted',
          'guard-policies': script({ resource: { secrecy: ['house'] } }),
        },
        away: { type: 'http', url: nowhere, connectTimeout: 1 },
      },
    }),
  );
  await gateway.ready();
  client = new ModernClient(`${gateway.url}/mcp`);
});
after(() => parts.disposeAsync());

suite('a client without sessions in front of all servers', () => {
  test('discovers one server with what all offer, and their instructions under their names', async () => {
    const { status, answer } = await client.ask('server/discover');
    assert.equal(status, 200);
    const { supportedVersions, capabilities, instructions, resultType, cacheScope } = answer.result ?? {};
    assert.deepEqual(supportedVersions, ['2026-07-28']);
    assert.deepEqual([resultType, cacheScope], ['complete', 'private']);
    assert.deepEqual(Object.keys(Object(capabilities)).sort(), [
      'completions',
      'logging',
      'prompts',
      'resources',
      'tools',
    ]);
    assert.match(String(instructions), /## new\n\nThis server offers/);
    assert.match(String(instructions), /## old\n\nThis server offers/);
  });

  test('lists the tools of all under their servers’ names, and says which server is not there', async () => {
    const { answer } = await client.ask('tools/list');
    const { tools, _meta, resultType, ttlMs } = answer.result ?? {};
    const names = (tools as { name: string }[]).map(({ name }) => name);
    for (const name of ['new___test_simple_text', 'old___test_simple_text', 'kept___test_simple_text'])
      assert.ok(names.includes(name), name);
    assert.ok(!names.includes('old___test_sampling'));
    assert.deepEqual(_meta?.['sluice.dev/unavailable'], ['away']);
    assert.deepEqual([resultType, ttlMs], ['complete', 0]);
  });

  test('calls the tool of a name, at the server of the name, behind its guard', async () => {
    for (const server of ['new', 'old'])
      assert.match(JSON.stringify(await client.call(`${server}___test_simple_text`)), /simple text response/);
    const kept = await client.call('kept___test_simple_text');
    assert.equal(outcomeOf(Object(kept)), 'denied READ_SECRECY');
    const away = await client.call('away___x');
    assert.equal(outcomeOf(Object(away)), 'failed BACKEND_UNAVAILABLE');
    for (const name of ['old___test_sampling', 'nobody___x', 'x']) {
      const { answer } = await client.ask('tools/call', { name });
      assert.equal(answer.error?.code, -32602, name);
    }
  });

  test('hears of progress under its token, and is asked for input as the server spells it', async () => {
    const params = { name: 'new___test_tool_with_progress' };
    const { before } = await client.ask('tools/call', params, { meta: { progressToken: 'mine' } });
    assert.deepEqual(
      before.map(({ params }) => [params?.progressToken, params?.progress]),
      [0, 50, 100].map((progress) => ['mine', progress]),
    );
    const tool = 'new___test_input_required_result_request_state';
    const asking = { capabilities: { elicitation: {} } };
    const first = await client.call(tool, {}, { asking });
    assert.equal(first?.resultType, 'input_required');
    const inputResponses = { confirm: { action: 'accept', content: { ok: true } } };
    const more = { inputResponses, requestState: first.requestState };
    assert.match(JSON.stringify(await client.call(tool, {}, { asking, more })), /state-ok/);
  });

  test('gets prompts and completions of the server of the name', async () => {
    const prompt = await client.ask('prompts/get', { name: 'old___test_simple_prompt' });
    assert.match(JSON.stringify(prompt.answer.result), /This is a simple prompt/);
    const ref = { type: 'ref/prompt', name: 'new___test_prompt_with_arguments' };
    const completed = await client.ask('completion/complete', {
      ref,
      argument: { name: 'arg1', value: 'par' },
    });
    assert.match(JSON.stringify(completed.answer.result), /paris/);
  });

  test('reads a resource that it has seen on a list, from the first server that names it', async () => {
    const unlisted = new ModernClient(`${gateway.url}/mcp`, { run: 'unlisted' });
    const read = (from: ModernClient) => from.ask('resources/read', { uri: 'test://static-text' });
    assert.equal((await read(unlisted)).answer.error?.code, -32002);
    const { answer } = await client.ask('resources/list');
    assert.ok(answer.result?.resources);
    assert.match(JSON.stringify((await read(client)).answer.result), /content of the static text/);
    assert.equal((await read(unlisted)).answer.error?.code, -32002);
  });

  test('listens to all: one acknowledgement, then what each tells', async () => {
    const notifications = { toolsListChanged: true, promptsListChanged: true };
    await using open = await client.open('subscriptions/listen', { notifications }, { id: 9 });
    const acknowledged = await open.next();
    assert.deepEqual(acknowledged.params, {
      _meta: { 'io.modelcontextprotocol/subscriptionId': 9 },
      notifications,
    });
    for (const name of ['old___test_trigger_tool_change', 'new___test_trigger_tool_change']) {
      await client.call(name);
      const { method, params } = await open.next();
      assert.equal(method, 'notifications/tools/list_changed');
      assert.equal(params?._meta?.['io.modelcontextprotocol/subscriptionId'], 9);
    }
  });

  test('is told 404 and -32601 of what is not there, and that lists have one page', async () => {
    for (const method of ['no/such/method', 'resources/subscribe', 'logging/setLevel', 'tasks/get']) {
      const { status, answer } = await client.ask(method, { uri: 'test://static-text' });
      assert.deepEqual([status, answer.error?.code], [404, -32601], method);
    }
    assert.equal((await client.ask('tools/list', { cursor: 'x' })).answer.error?.code, -32602);
  });
});
