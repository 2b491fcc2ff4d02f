/** What a server says of its own accord, and what the client answers, through a real gateway, over stdio. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { nodeServer, rulesGuard } from '../harness/gateway-parts.ts';
import { line, type Received, RecordingClient, type RecordingSetup } from '../harness/recording-client.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { callTool, outcomeOf, textOf } from '../harness/tool-result.ts';

const toldServer = nodeServer(join(import.meta.dirname, '../harness/told-server.ts'));
const capabilities = { sampling: {}, elicitation: {}, roots: { listChanged: true } };
const houseRules = (mode: string, names: readonly string[]) => ({
  mode,
  tools: [
    { names, operation: 'read', secrecy: ['house'], integrity: [] },
    { names: '*', operation: 'read-write', secrecy: [], integrity: [] },
  ],
});
const guarded = (policy: object) => ({ ...toldServer, guard: 'rules', 'guard-policies': policy });

let gateway: RunningGateway;
before(async () => {
  gateway = await RunningGateway.start({
    guards: { rules: rulesGuard },
    guests: { 'answers-public': {} },
    mcpServers: {
      noop: toldServer,
      public: { ...toldServer, guard: 'answers-public' },
      secret: guarded(houseRules('filter', ['sampling/createMessage', 'notifications/message'])),
      tainting: guarded(houseRules('propagate', ['resources/read'])),
      shared: { ...toldServer, connection: 'shared' },
    },
  });
  await gateway.ready();
});
after(() => gateway[Symbol.asyncDispose]());

let runs = 0;
function open(server: string, setup: Partial<RecordingSetup> = {}): Promise<RecordingClient> {
  const url = `${gateway.url}/mcp/${server}`;
  return RecordingClient.open({ url, capabilities, run: String(++runs), ...setup });
}

/** A message of a server's model. */
const asking = (id: number | string, words = 'hello') => ({
  id,
  method: 'sampling/createMessage',
  params: {
    messages: [{ role: 'user', content: { type: 'text', text: words } }],
    maxTokens: 1,
    'x-own': [null],
  },
});
const answered = {
  role: 'assistant',
  content: { type: 'text', text: 'yes' },
  model: 'm',
  'x-own': { a: [1] },
};
const logging = (data: unknown) => line({ method: 'notifications/message', params: { level: 'info', data } });
const progress = (n: number) =>
  `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$TOKEN,"progress":${n}}}`;
const silent = () => new Promise<never>(() => undefined);

for (const server of ['noop', 'public']) {
  suite(`a request of a ${server} server`, () => {
    for (const [method, params, result] of [
      ['sampling/createMessage', asking(0).params, answered],
      [
        'elicitation/create',
        { message: 'who?', requestedSchema: { type: 'object', properties: { a: { type: 'string' } } } },
        { action: 'accept', content: { a: 'b' } },
      ],
      ['roots/list', undefined, { roots: [{ uri: 'file:///a', name: 'a' }] }],
    ] as const) {
      test(`(${method}) reaches the client as it is, and the answer the server`, async () => {
        await using client = await open(server, { answer: async () => result });
        await client.text('say', { lines: [line({ id: 'a/1', method, ...(params && { params }) })] });
        assert.deepEqual((await client.got((message) => message.method === method)).params, params);
        assert.deepEqual(await client.heard('"a/1"'), [{ jsonrpc: '2.0', id: 'a/1', result }]);
      });
    }

    test('has the client’s error for its answer, and its own id, whatever that is', async () => {
      const answer = () => Promise.reject(Object.assign(new Error('not now'), { code: -1, data: [1] }));
      await using client = await open(server, { answer });
      const id = '98765432109876543210';
      await client.text('say', { lines: [line(asking(7)).replace('"id":7', `"id":${id}`)] });
      const heard: string[] = JSON.parse(await client.text('heard', { text: id, count: 1 }));
      assert.deepEqual(heard, [
        `{"jsonrpc":"2.0","id":${id},"error":{"code":-1,"message":"not now","data":[1]}}`,
      ]);
    });

    test('that it withdraws is withdrawn at the client, and a late answer is dropped', async () => {
      const asked = Promise.withResolvers<Record<string, unknown>>();
      await using client = await open(server, { answer: () => asked.promise });
      await client.text('say', { lines: [line(asking('w'))] });
      const { id } = await client.got(({ method }) => method === 'sampling/createMessage');
      const params = { requestId: 'w', reason: 'the secret is 42' };
      await client.text('say', { lines: [line({ method: 'notifications/cancelled', params })] });
      const told = await client.got(({ method }) => method === 'notifications/cancelled');
      assert.deepEqual(told.params, { requestId: id });
      asked.resolve(answered);
      await client.transport.send({ jsonrpc: '2.0', id: id ?? 0, result: answered });
      const [answer] = await client.heard('"id":"w"');
      assert.match(JSON.stringify(answer), /the request was cancelled/);
      assert.equal((await client.heard('"id":"w"')).length, 1);
    });

    test('is answered once: a second answer is dropped, and so is one to what was never asked', async () => {
      await using client = await open(server, { answer: async () => answered });
      for (const id of [1, 2, 99])
        await client.transport.send({ jsonrpc: '2.0', id, result: { early: true } });
      await client.text('say', { lines: [line(asking('o'))] });
      const { id = 0 } = await client.got(({ method }) => method === 'sampling/createMessage');
      await client.heard('"id":"o"');
      await client.transport.send({ jsonrpc: '2.0', id, result: { second: true } });
      await client.text('say');
      assert.deepEqual(await client.heard('"id":"o"'), [{ jsonrpc: '2.0', id: 'o', result: answered }]);
      assert.deepEqual(await client.heard('early', 0), []);
      assert.deepEqual(await client.heard('second', 0), []);
    });
  });

  suite(`a notification of a ${server} server`, () => {
    test('of progress comes in order, with the client’s token, before the result', async () => {
      await using client = await open(server);
      const lines = Array.from({ length: 50 }, (_, n) => progress(n));
      const params = { name: 'say', arguments: { lines }, _meta: { progressToken: 'my token' } };
      await client.transport.send({ jsonrpc: '2.0', id: 'p', method: 'tools/call', params });
      await client.got(({ id }) => id === 'p');
      const expected = lines.map((_, n) => ({ progressToken: 'my token', progress: n }));
      const end = client.received.findIndex(({ id }) => id === 'p');
      assert.deepEqual(
        client.received.slice(0, end).map(({ params }) => params),
        expected,
      );
    });

    test('passes with its params and nothing else: what stands beside them is dropped', async () => {
      await using client = await open(server);
      const params = { level: 'info', data: { __own: [1, { a: null }] }, logger: 'l' };
      const own = { uri: 'test://a', 'x-own': 1 };
      await client.text('say', {
        lines: [
          line({ method: 'notifications/message', params, leak: 'hidden' }),
          line({ method: 'notifications/resources/updated', params: own, leak: 'hidden' }),
          line({ method: 'notifications/own', params: { a: 1 }, leak: 'hidden' }),
          line({ method: 'notifications/prompts/list_changed', params: { leak: 'hidden' } }),
        ],
      });
      const told = await client.got(({ method }) => method === 'notifications/own');
      assert.deepEqual(told, { jsonrpc: '2.0', method: 'notifications/own', params: { a: 1 } });
      assert.deepEqual(client.of('notifications/message')[0]?.params, params);
      assert.deepEqual(client.of('notifications/resources/updated')[0]?.params, own);
      await client.got(({ method }) => method === 'notifications/prompts/list_changed');
      assert.doesNotMatch(JSON.stringify(client.received), /hidden/);
    });

    test('that is no sound message is overheard, and the call goes on', async () => {
      await using client = await open(server);
      const lines = [
        '{"jsonrpc":"2.0","method":"notifications/message","method":"notifications/own","params":{"leak":1}}',
        '{"jsonrpc":"2.0","method":"notifications/own","params":[{"leak":1}]}',
        '{"jsonrpc":"2.0","method":"notifications/own","params":"leak"}',
        '{"jsonrpc":"2.0","method":"notifications/own","params":{"leak":1 2}}',
        '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progressToken":$TOKEN,"leak":1}}',
        '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"requestId":2,"leak":1}}',
        '{"jsonrpc":"2.0","id":1,"id":2,"method":"sampling/createMessage","params":{"leak":1}}',
        '{"jsonrpc":"2.0","id":null,"method":"sampling/createMessage","params":{"leak":1}}',
        `{"jsonrpc":"2.0","method":"notifications/${'x'.repeat(1_000)}","params":{"leak":1}}`,
        '{"jsonrpc":"2.0","id":"none","result":{"leak":1}}',
      ];
      assert.equal(await client.text('say', { lines }), 'said');
      assert.doesNotMatch(JSON.stringify(client.received), /leak/);
    });

    test('that is one of very many is delivered or dropped, and the result still comes', async () => {
      await using client = await open(server);
      const lines = Array.from({ length: 5_000 }, (_, n) => logging(n));
      const result = await callTool(client.client, 'say', { lines });
      assert.equal(textOf(result), 'said');
      const numbers = client.of('notifications/message').map(({ params }) => Number(params?.data));
      assert.ok(numbers.length >= 100, String(numbers.length));
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
      );
      assert.equal(await client.text('say'), 'said');
    });
  });
}

suite('what a client says', () => {
  test('of its progress and its roots reaches the server, in order', async () => {
    await using client = await open('public');
    for (const progress of [1, 2, 3])
      await client.transport.send({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: 't', progress },
      });
    await client.client.sendRootsListChanged();
    await client.heard('roots/list_changed');
    const told = await client.heard('notifications/progress', 3);
    assert.deepEqual(
      told.map(({ params }) => params),
      [1, 2, 3].map((progress) => ({ progressToken: 't', progress })),
    );
  });

  test('to cancel a call reaches the server with the id that the call has there', async () => {
    await using client = await open('public');
    const ending = new AbortController();
    const calling = callTool(client.client, 'say', { isSilent: true, lines: [logging('$ID')] }, ending);
    const { params } = await client.got(({ method }) => method === 'notifications/message');
    ending.abort('the secret is 42');
    await assert.rejects(calling);
    const [told] = await client.heard('notifications/cancelled');
    assert.equal(String(told?.params?.requestId), String(params?.data).replaceAll('"', ''));
    assert.doesNotMatch(JSON.stringify(told), /secret/);
  });
});

suite('what an agent may not read of a server’s messages', () => {
  test('it never sees: a request is answered with an error, a log message is dropped', async () => {
    await using client = await open('secret', { answer: async () => answered });
    const lines = [line(asking('s', 'the secret is 42')), logging('the secret is 42'), progress(1)];
    const params = { name: 'say', arguments: { lines }, _meta: { progressToken: 1 } };
    await client.transport.send({ jsonrpc: '2.0', id: 'p', method: 'tools/call', params });
    await client.got(({ id }) => id === 'p');
    const [refused] = await client.heard('"id":"s"');
    assert.match(JSON.stringify(refused), /"error":.*the client may not be asked this/);
    assert.equal(client.of('notifications/progress').length, 1);
    assert.doesNotMatch(JSON.stringify(client.received), /secret|sampling/);
    assert.doesNotMatch(gateway.log, /the secret is 42/);
  });

  test('it hears nothing of when it is withdrawn', async () => {
    await using client = await open('secret');
    const cancel = line({ method: 'notifications/cancelled', params: { requestId: 's' } });
    await client.text('say', { lines: [line(asking('s')), cancel] });
    await client.heard('"id":"s"');
    assert.equal(client.of('notifications/cancelled').length, 0);
  });
});

suite('the answer of an agent that has read a secret', () => {
  test('is not sent, and before that it is', async () => {
    const run = 'tainted';
    await using client = await open('tainting', { run, answer: async () => answered });
    await client.text('say', { lines: [line(asking('before'))] });
    assert.deepEqual(await client.heard('"id":"before"'), [
      { jsonrpc: '2.0', id: 'before', result: answered },
    ]);
    const asked = Promise.withResolvers<Record<string, unknown>>();
    client.client.fallbackRequestHandler = () => asked.promise;
    await client.text('say', { lines: [line(asking('after'))] });
    await client.got(({ method, id }) => method === 'sampling/createMessage' && id !== 1);
    await client.client.readResource({ uri: 'test://a' }).catch(() => undefined);
    asked.resolve({ ...answered, content: { type: 'text', text: 'the secret is 42' } });
    await client.client.sendRootsListChanged();
    await client.transport.send({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: 't', progress: 1, message: 'the secret is 42' },
    });
    await gateway.logged('"message":"sampling/createMessage/response: denied"');
    await gateway.logged('"message":"notifications/progress: denied"');
    // It may call no tool of the server any more; another agent asks over a connection of its own, so the log must do.
    assert.equal(outcomeOf(await callTool(client.client, 'heard', {})), 'denied WRITE_SECRECY');
  });
});

suite('two sessions of one agent', () => {
  test('have processes of their own, and what is said on one never reaches the other', async () => {
    const run = 'twin';
    await using one = await open('public', { run, answer: silent });
    await using other = await open('public', { run, answer: silent });
    assert.notEqual(await one.text('pid'), await other.text('pid'));
    const params = (words: string) => ({
      name: 'say',
      arguments: { lines: [logging(words), progress(1), line(asking(words))] },
      _meta: { progressToken: 'same' },
    });
    for (const [client, words] of [
      [one, 'one'],
      [other, 'other'],
    ] as const)
      await client.transport.send({
        jsonrpc: '2.0',
        id: 'same',
        method: 'tools/call',
        params: params(words),
      });
    for (const client of [one, other]) await client.got(({ id }) => id === 'same');
    for (const client of [one, other]) {
      const counts = ['notifications/message', 'notifications/progress', 'sampling/createMessage'].map(
        (method) => client.of(method).length,
      );
      assert.deepEqual(counts, [1, 1, 1]);
    }
    assert.equal(one.of('notifications/message')[0]?.params?.data, 'one');
    assert.equal(other.of('notifications/message')[0]?.params?.data, 'other');
  });
});

suite('a connection that is shared', () => {
  test('has one process, and nothing of one client reaches the other but that the tools have changed', async () => {
    await using one = await open('shared', { answer: async () => answered });
    await using other = await open('shared', { answer: async () => answered });
    assert.equal(await one.text('pid'), await other.text('pid'));
    const lines = [
      logging('one'),
      progress(1),
      line(asking('q')),
      line({ method: 'notifications/tools/list_changed' }),
    ];
    const params = { name: 'say', arguments: { lines }, _meta: { progressToken: 'same' } };
    await one.transport.send({ jsonrpc: '2.0', id: 'p', method: 'tools/call', params });
    await one.got(({ id }) => id === 'p');
    for (const client of [one, other]) {
      await client.got(({ method }) => method === 'notifications/tools/list_changed');
      const methods = client.received.flatMap(({ method }) => method ?? []);
      assert.deepEqual(methods, ['notifications/tools/list_changed']);
    }
    const [refused] = await one.heard('"id":"q"');
    assert.match(JSON.stringify(refused), /Method not found/);
    assert.doesNotMatch(JSON.stringify(await one.heard('tools/call', 0)), /progressToken/);
  });

  test('offers nothing that would need a client of its own', async () => {
    await using client = await open('shared');
    const offered = client.client.getServerCapabilities();
    assert.deepEqual(offered, { tools: { listChanged: true }, resources: {}, prompts: {} });
    for (const request of [
      { method: 'logging/setLevel', params: { level: 'debug' } },
      { method: 'resources/subscribe', params: { uri: 'a' } },
    ]) {
      const id = request.method;
      await client.transport.send({ jsonrpc: '2.0', id, ...request });
      const answer: Received & { error?: { code: number } } = await client.got(
        (message) => message.id === id,
      );
      assert.equal(answer.error?.code, -32_601);
    }
    assert.deepEqual(await client.heard('setLevel', 0), []);
  });
});
