/** The SDK's server over Streamable HTTP and the SDK's client, with a gateway between them: both directions. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { RecordingClient } from '../harness/recording-client.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { SdkHttpServer } from '../harness/sdk-http-server.ts';

const questions: Readonly<
  Record<string, { params?: Record<string, unknown>; result: Record<string, unknown> }>
> = {
  'sampling/createMessage': {
    params: { messages: [{ role: 'user', content: { type: 'text', text: 'a' } }], maxTokens: 5 },
    result: { role: 'assistant', content: { type: 'text', text: 'b' }, model: 'm', 'x-own': [1] },
  },
  'elicitation/create': {
    params: { message: 'who?', requestedSchema: { type: 'object', properties: { a: { type: 'string' } } } },
    result: { action: 'accept', content: { a: 'b' } },
  },
  'roots/list': { result: { roots: [{ uri: 'file:///a' }] } },
};

const aborted = new Set<string>();
const text = (words: string) => ({ content: [{ type: 'text' as const, text: words }] });

function makeServer(): McpServer {
  const server = new McpServer(
    { name: 'sdk', version: '1' },
    { capabilities: { logging: {}, resources: { subscribe: true } } },
  );
  for (const [method, { params }] of Object.entries(questions)) {
    server.registerTool(method.replace('/', '_'), {}, async ({ sendRequest }) => {
      const answer = await sendRequest({ method, ...(params && { params }) } as never, ResultSchema);
      return text(JSON.stringify(answer));
    });
  }
  server.registerTool('steps', {}, async ({ sendNotification, _meta }) => {
    const progressToken = _meta?.progressToken ?? 0;
    for (const progress of [1, 2, 3])
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress } });
    await sendNotification({ method: 'notifications/message', params: { level: 'info', data: { a: 1 } } });
    await sendNotification({ method: 'notifications/resources/updated', params: { uri: 'test://a' } });
    return text('done');
  });
  server.registerTool('hold', {}, async ({ signal, sessionId = '', sendNotification }) => {
    const over = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => over.resolve());
    await sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'held' } });
    await over.promise;
    aborted.add(sessionId);
    return text('aborted');
  });
  server.registerTool('aborted', {}, async ({ sessionId = '' }) => text(String(aborted.has(sessionId))));
  return server;
}

let server: SdkHttpServer;
let gateway: RunningGateway;
before(async () => {
  server = await SdkHttpServer.start(makeServer);
  const http = { type: 'http', url: server.url };
  gateway = await RunningGateway.start({
    guests: { 'answers-public': {} },
    mcpServers: { noop: http, public: { ...http, guard: 'answers-public' } },
  });
  await gateway.ready();
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

for (const name of ['noop', 'public']) {
  suite(`a ${name} server of the SDK over HTTP`, () => {
    const open = () =>
      RecordingClient.open({
        url: `${gateway.url}/mcp/${name}`,
        capabilities: { sampling: {}, elicitation: {}, roots: {} },
        answer: async ({ method = '' }) => questions[method]?.result ?? {},
      });

    for (const [method, { params, result }] of Object.entries(questions)) {
      test(`asks its client (${method}) and has the answer, both as they are`, async () => {
        await using client = await open();
        assert.deepEqual(JSON.parse(await client.text(method.replace('/', '_'))), result);
        assert.deepEqual(
          client.of(method).map((asked) => asked.params),
          [params],
        );
      });
    }

    test('tells of its progress, its log and its resources, in order and before the result', async () => {
      await using client = await open();
      const params = { name: 'steps', arguments: {}, _meta: { progressToken: 'own' } };
      void client.transport.send({ jsonrpc: '2.0', id: 'p', method: 'tools/call', params });
      await client.got(({ id }) => id === 'p');
      assert.deepEqual(
        client.received.map(({ method, params }) => [method, params?.progressToken, params?.progress]),
        [
          ...[1, 2, 3].map((n) => ['notifications/progress', 'own', n]),
          ['notifications/message', undefined, undefined],
          ['notifications/resources/updated', undefined, undefined],
          [undefined, undefined, undefined],
        ],
      );
    });

    test('learns that a call was cancelled', async () => {
      await using client = await open();
      void client.transport.send({ jsonrpc: '2.0', id: 'h', method: 'tools/call', params: { name: 'hold' } });
      await client.got(({ method }) => method === 'notifications/message');
      const params = { requestId: 'h' };
      await client.transport.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
      while ((await client.text('aborted')) !== 'true');
    });
  });
}
