/** The transport over Streamable HTTP and a real server: sessions, streams that are cut on purpose, resumption. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { helloParams, RpcClient, type RpcListener } from '../../../gateway/rpc/rpc-client.ts';
import { HttpTransport } from '../../../gateway/server-transport/http-transport.ts';
import { SdkHttpServer } from '../../harness/sdk-http-server.ts';

const never = new AbortController().signal;
const gate = new EventEmitter();

/** A server whose tool cuts its own stream, or that of the session, and answers when a test opens the gate. */
function makeServer(): McpServer {
  const server = new McpServer({ name: 'sdk', version: '1' }, { capabilities: { logging: {} } });
  const text = (words: string) => ({ content: [{ type: 'text' as const, text: words }] });
  server.registerTool('hello', {}, () => text('hello'));
  server.registerTool('cut', {}, async ({ closeSSEStream }) => {
    closeSSEStream?.();
    await once(gate, 'open');
    return text('resumed');
  });
  const log = (words: string) => server.sendLoggingMessage({ level: 'info', data: words });
  server.registerTool('log', {}, async ({ closeStandaloneSSEStream }) => {
    await log('said before');
    closeStandaloneSSEStream?.();
    await log('said in between');
    return text('logged');
  });
  return server;
}

let server: SdkHttpServer;
before(async () => {
  server = await SdkHttpServer.start(makeServer);
});
after(() => server[Symbol.asyncDispose]());

async function connect(listener: Partial<RpcListener> = {}) {
  const quiet = { fault: () => undefined, ended: () => undefined };
  const transport = { url: server.url, headers: {} };
  const client = new RpcClient((on) => new HttpTransport(transport, on), { ...quiet, ...listener });
  await client.initialize(helloParams({ name: 'test', version: '1' }), never);
  return { client, [Symbol.asyncDispose]: () => client.close() };
}

const params = (name: string) => JSON.stringify({ name, arguments: {} });

suite('the SDK’s server over Streamable HTTP', () => {
  test('answers calls in a session that ends with the connection', async () => {
    const { client } = await connect();
    assert.equal(server.sessions.length, 1);
    assert.match(await client.request('tools/call', params('hello'), never), /"text":"hello"/);
    await client.close();
    assert.equal(server.sessions.length, 0);
  });

  test('may cut the stream of a call, and answer on another one', async () => {
    await using connection = await connect();
    const calling = connection.client.request('tools/call', params('cut'), never);
    const isResuming = () => server.arrivals.some(({ request }) => 'last-event-id' in request.headers);
    while (!isResuming()) await new Promise(setImmediate);
    gate.emit('open');
    assert.match(await calling, /"text":"resumed"/);
  });

  test('may cut the stream of a session, of which nothing is lost', async () => {
    const heard: unknown[] = [];
    const all = Promise.withResolvers<void>();
    const notification: RpcListener['notification'] = ({ params: said }) => {
      heard.push(JSON.parse(said ?? '').data);
      if (heard.length === 2) all.resolve();
    };
    await using connection = await connect({ notification });
    const hasStream = () =>
      server.arrivals.some(
        ({ request, response }) =>
          request.headers['mcp-session-id'] === server.sessions[0] &&
          request.method === 'GET' &&
          response.headersSent,
      );
    while (!hasStream()) await new Promise(setImmediate);
    await connection.client.request('tools/call', params('log'), never);
    await all.promise;
    assert.deepEqual(heard, ['said before', 'said in between']);
  });

  test('ends the connection when it has forgotten the session', async () => {
    const ended = Promise.withResolvers<Error | undefined>();
    await using connection = await connect({ ended: ended.resolve });
    server.forget();
    const calling = connection.client.request('tools/call', params('hello'), never);
    await assert.rejects(calling, { code: 'SESSION_EXPIRED' });
    assert.match(String(await ended.promise), /session/);
  });
});
