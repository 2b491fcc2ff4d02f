/** Clients and servers of both eras, all four ways, through the real gateway. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { fixtureMain, RunningFixture } from '../conformance/running-fixture.ts';
import { childRunning } from '../harness/child-processes.ts';
import { nodeServer } from '../harness/gateway-parts.ts';
import { ModernClient, type Told } from '../harness/modern-client.ts';
import { type Received, RecordingClient } from '../harness/recording-client.ts';
import { RunningGateway } from '../harness/running-gateway.ts';

const parts = new AsyncDisposableStack();
let gateway: RunningGateway;

before(async () => {
  const modern = parts.use(await RunningFixture.start('modern')).url;
  const legacy = parts.use(await RunningFixture.start('legacy')).url;
  const guard = 'answers-public';
  const stdio = nodeServer(fixtureMain, '--stdio');
  gateway = parts.use(
    await RunningGateway.start({
      guests: { [guard]: {} },
      mcpServers: {
        modern: { type: 'http', url: modern },
        'modern-guarded': { type: 'http', url: modern, guard },
        legacy: { type: 'http', url: legacy },
        'legacy-guarded': { type: 'http', url: legacy, guard },
        stdio,
        'stdio-guarded': { ...stdio, guard },
        shared: { ...nodeServer(fixtureMain, '--stdio', '--era', 'legacy'), connection: 'shared' },
      },
    }),
  );
  await gateway.ready();
});
after(() => parts.disposeAsync());

const modernClient = (server: string, run?: string) =>
  new ModernClient(`${gateway.url}/mcp/${server}`, run === undefined ? {} : { run });
const legacyClient = (server: string, more: Partial<Parameters<typeof RecordingClient.open>[0]> = {}) =>
  RecordingClient.open({ url: `${gateway.url}/mcp/${server}`, ...more });

const all = ['modern', 'modern-guarded', 'legacy', 'legacy-guarded', 'stdio', 'stdio-guarded'];
const withSessions = all.filter((server) => !server.startsWith('modern'));
const without = all.filter((server) => server.startsWith('modern'));

for (const server of all) {
  suite(`a client without sessions in front of ${server}`, () => {
    test('discovers what the server says of itself, in the words of its own era', async () => {
      const { status, answer } = await modernClient(server).ask('server/discover');
      assert.equal(status, 200);
      const { supportedVersions, capabilities, instructions, resultType } = answer.result ?? {};
      assert.deepEqual(supportedVersions, ['2026-07-28']);
      assert.deepEqual(Object.keys(Object(capabilities)).sort(), [
        'completions',
        'logging',
        'prompts',
        'resources',
        'tools',
      ]);
      assert.equal(instructions, 'This server offers what the conformance suite asks for.');
      assert.equal(resultType, 'complete');
      assert.equal(answer.result?.protocolVersion, undefined);
    });

    test('lists, calls, reads and completes; each result says what it is, and for how long', async () => {
      const client = modernClient(server);
      for (const method of ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list']) {
        const { answer } = await client.ask(method);
        assert.equal(answer.result?.resultType, 'complete', method);
        assert.equal(typeof answer.result.ttlMs, 'number', method);
        assert.match(String(answer.result.cacheScope), /^(public|private)$/, method);
      }
      assert.deepEqual((await client.call('test_simple_text'))?.content, [
        { type: 'text', text: 'This is a simple text response for testing.' },
      ]);
      const resource = await client.ask('resources/read', { uri: 'test://static-text' });
      assert.match(JSON.stringify(resource.answer.result), /content of the static text resource/);
      const prompt = await client.ask('prompts/get', { name: 'test_simple_prompt' });
      assert.match(JSON.stringify(prompt.answer.result), /This is a simple prompt for testing/);
      const argument = { name: 'arg1', value: 'par' };
      const ref = { type: 'ref/prompt', name: 'test_prompt_with_arguments' };
      const completed = await client.ask('completion/complete', { ref, argument });
      assert.match(JSON.stringify(completed.answer.result), /paris/);
      assert.equal(completed.answer.result?.resultType, 'complete');
    });

    test('hears of progress in order, under its own token, before the result', async () => {
      const params = { name: 'test_tool_with_progress' };
      const { before, answer } = await modernClient(server).ask('tools/call', params, {
        meta: { progressToken: 'mine' },
      });
      assert.deepEqual(
        before.map(({ params }) => [params?.progressToken, params?.progress]),
        [0, 50, 100].map((progress) => ['mine', progress]),
      );
      assert.match(JSON.stringify(answer.result), /executed successfully/);
    });

    test('hears no log messages where it does not ask for them, nor those below its level', async () => {
      const tool = server.startsWith('modern') ? 'test_logging_tool' : 'test_tool_with_logging';
      const logged = async (meta: object) => {
        const { before } = await modernClient(server).ask('tools/call', { name: tool }, { meta });
        return before.filter(({ method }) => method === 'notifications/message').length;
      };
      const key = 'io.modelcontextprotocol/logLevel';
      assert.equal(await logged({}), 0);
      assert.ok((await logged({ [key]: 'info' })) > 0);
      assert.equal(await logged({ [key]: 'error' }), 0);
    });

    test('is told 404 and -32601 of what its era does not have', async () => {
      for (const method of ['logging/setLevel', 'resources/subscribe', 'no/such/method']) {
        const { status, answer } = await modernClient(server).ask(method, { uri: 'test://x', level: 'info' });
        assert.equal(answer.error?.code, -32601, method);
        assert.equal(status, 404, method);
      }
    });

    test('listens: what was agreed at once, then what changes, until it goes', async () => {
      const client = modernClient(server);
      const notifications = {
        toolsListChanged: true,
        resourceSubscriptions: ['test://watched-resource'],
      };
      await using open = await client.open('subscriptions/listen', { notifications }, { id: 'sub' });
      const acknowledged = await open.next();
      assert.equal(acknowledged.method, 'notifications/subscriptions/acknowledged');
      assert.deepEqual(acknowledged.params, {
        _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' },
        notifications,
      });
      await client.call('test_trigger_prompt_change');
      await client.call('test_trigger_tool_change');
      await client.call('test_trigger_resource_update');
      const told = [await open.next(), await open.next()];
      assert.deepEqual(told.map(({ method }) => method).sort(), [
        'notifications/resources/updated',
        'notifications/tools/list_changed',
      ]);
      for (const { params } of told)
        assert.equal(params?._meta?.['io.modelcontextprotocol/subscriptionId'], 'sub');
    });
  });

  suite(`a client with a session in front of ${server}`, () => {
    test('lists, calls, reads and completes, without the words of the other era', async () => {
      await using recording = await legacyClient(server);
      const { client } = recording;
      assert.equal(client.getInstructions(), 'This server offers what the conformance suite asks for.');
      const { tools } = await client.listTools();
      assert.ok(tools.some(({ name }) => name === 'test_simple_text'));
      assert.match(await recording.text('test_simple_text'), /simple text response/);
      const { contents } = await client.readResource({ uri: 'test://static-text' });
      assert.equal(contents.length, 1);
      assert.equal((await client.getPrompt({ name: 'test_simple_prompt' })).messages.length, 1);
      const argument = { name: 'arg1', value: 'par' };
      const ref = { type: 'ref/prompt', name: 'test_prompt_with_arguments' } as const;
      assert.ok((await client.complete({ ref, argument })).completion.values.includes('paris'));
      for (const { result } of recording.received) assert.equal(result?.resultType, undefined);
    });

    test('hears of progress in order, before the result', async () => {
      await using recording = await legacyClient(server);
      const seen: number[] = [];
      await recording.client.callTool({ name: 'test_tool_with_progress' }, undefined, {
        onprogress: ({ progress }) => seen.push(progress),
      });
      assert.deepEqual(seen, [0, 50, 100]);
    });

    test('hears log messages from the level on that it has set', async () => {
      await using recording = await legacyClient(server);
      const tool = server.startsWith('modern') ? 'test_logging_tool' : 'test_tool_with_logging';
      await recording.client.setLoggingLevel('error');
      await recording.text(tool);
      assert.equal(recording.of('notifications/message').length, 0);
      await recording.client.setLoggingLevel('debug');
      await recording.text(tool);
      assert.ok(recording.of('notifications/message').length > 0);
    });

    test('is told -32601 of what its era does not have', async () => {
      await using recording = await legacyClient(server);
      for (const method of ['server/discover', 'subscriptions/listen'])
        await assert.rejects(recording.client.request({ method, params: {} }, ResultSchema), {
          code: -32601,
        });
    });

    test('subscribes to a resource, and is told when it changes, once that is answered', async () => {
      await using recording = await legacyClient(server);
      await recording.client.subscribeResource({ uri: 'test://watched-resource' });
      await recording.text('test_trigger_resource_update');
      const { params } = await recording.got(({ method }) => method === 'notifications/resources/updated');
      assert.equal(params?.uri, 'test://watched-resource');
    });
  });
}

for (const server of without) {
  suite(`input that ${server} requires`, () => {
    const answers: Readonly<Record<string, Record<string, unknown>>> = {
      'elicitation/create': { action: 'accept', content: { name: 'Ada', ok: true, color: 'red' } },
      'sampling/createMessage': {
        role: 'assistant',
        content: { type: 'text', text: 'Hello' },
        model: 'none',
      },
      'roots/list': { roots: [{ uri: 'file:///tmp', name: 'tmp' }] },
    };
    const capabilities = { elicitation: {}, sampling: {}, roots: {} };
    const answer = async ({ method = '' }: Received) => answers[method] ?? assert.fail(method);

    for (const [tool, said] of [
      ['elicitation', 'Hello, Ada!'],
      ['sampling', 'Hello'],
      ['list_roots', 'Roots: file:///tmp'],
      ['multiple_inputs', 'Hello Ada, with the roots file:///tmp'],
      ['request_state', 'state-ok'],
      ['multi_round', 'Ada likes red'],
    ] as const)
      test(`is asked of a client with a session as servers of its era do: ${tool}`, async () => {
        await using recording = await legacyClient(server, { capabilities, answer });
        assert.equal(await recording.text(`test_input_required_result_${tool}`), said);
      });

    test('is asked of a client with a session for a prompt, too', async () => {
      await using recording = await legacyClient(server, {
        capabilities,
        answer: async () => ({ action: 'accept', content: { context: 'this' } }),
      });
      const { messages } = await recording.client.getPrompt({ name: 'test_input_required_result_prompt' });
      assert.match(JSON.stringify(messages), /The context is this/);
    });

    test('fails the call of a client that refuses to answer', async () => {
      await using recording = await legacyClient(server, {
        capabilities,
        answer: async () => assert.fail('no'),
      });
      const name = 'test_input_required_result_elicitation';
      const result = await recording.client.callTool({ name }).catch((error) => error);
      assert.match(JSON.stringify(result) + String(result), /BACKEND_ERROR|did not answer|internal/i);
    });

    test('reaches a client without sessions as it is, and its answer the server, with the state untouched', async () => {
      const client = modernClient(server);
      const asking = { capabilities };
      const name = 'test_input_required_result_request_state';
      const first = await client.call(name, {}, { asking });
      assert.equal(first?.resultType, 'input_required');
      const { requestState } = first;
      assert.equal(typeof requestState, 'string');
      const inputResponses = { confirm: { action: 'accept', content: { ok: true } } };
      const second = await client.call(name, {}, { asking, more: { inputResponses, requestState } });
      assert.match(JSON.stringify(second), /state-ok/);
      assert.equal(second?.resultType, 'complete');
    });
  });

  suite(`a header that repeats an argument for ${server}`, () => {
    const call = (headers: Record<string, string>, region = 'eu') =>
      modernClient(server).ask(
        'tools/call',
        { name: 'test_param_header', arguments: { region } },
        { headers },
      );

    test('is passed on where it says the same', async () => {
      const { status, answer } = await call({ 'mcp-param-region': 'eu' });
      assert.equal(status, 200);
      assert.match(JSON.stringify(answer.result), /Region: eu/);
    });

    test('is refused where it says something else, or is missing', async () => {
      for (const headers of [{ 'mcp-param-region': 'us' }, {}]) {
        const { status, answer } = await call(headers as Record<string, string>);
        assert.deepEqual([status, answer.error?.code], [400, -32020]);
      }
    });

    test('is made from the argument where a client has none', async () => {
      await using recording = await legacyClient(server);
      assert.equal(await recording.text('test_param_header', { region: 'eu' }), 'Region: eu');
    });
  });
}

for (const server of withSessions) {
  suite(`a client without sessions, asked by ${server}`, () => {
    test('cannot be asked, and the server is told so beforehand', async () => {
      const result = await modernClient(server).call(
        'test_sampling',
        { prompt: 'x' },
        {
          asking: { capabilities: { sampling: {} } },
        },
      );
      assert.match(JSON.stringify(result), /does not support sampling/);
    });
  });
}

suite('two clients of one agent with the same progress token', () => {
  for (const server of withSessions)
    test(`hear each of its own call only: ${server}`, async () => {
      const asked = [1, 2, 3, 4].map((id) =>
        modernClient(server).ask(
          'tools/call',
          { name: 'test_tool_with_progress' },
          { id, meta: { progressToken: 1 } },
        ),
      );
      for (const { before } of await Promise.all(asked))
        assert.deepEqual(
          before.map(({ params }: Told) => params?.progress),
          [0, 50, 100],
        );
    });
});

suite('a server whose connection is shared', () => {
  test('has one process for the clients of both eras', async () => {
    await using recording = await legacyClient('shared');
    assert.match(await recording.text('test_simple_text'), /simple text/);
    for (const run of ['a', 'b'])
      assert.ok((await modernClient('shared', run).call('test_simple_text'))?.content);
    const process = await gateway.serverPid('--era\u0000legacy');
    assert.equal(await childRunning(gateway.pid, '--era\u0000legacy', [process]), undefined);
    const { answer } = await modernClient('shared').ask('server/discover');
    assert.equal(Object(answer.result?.capabilities).resources?.subscribe, undefined);
  });
});
