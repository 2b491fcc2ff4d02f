/** The SDK's own client in front of the endpoint. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolResultSchema,
  CreateMessageRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { rpc } from '../../e2e/raw-request.ts';
import { EndpointServer } from './endpoint-server.ts';
import { type Asked, answer, notification, type ScriptedPeer } from './scripted-peer.ts';

const hello = { content: [{ type: 'text', text: 'hello' }] };
/** The client's own waits would be seconds. */
const reconnectionOptions = {
  initialReconnectionDelay: 1,
  maxReconnectionDelay: 1,
  reconnectionDelayGrowFactor: 1,
  maxRetries: 5,
};

/** A client that is connected, and what stands behind it. */
async function connect(server: EndpointServer, client = new Client({ name: 'test', version: '1' })) {
  const transport = new StreamableHTTPClientTransport(server.url, { reconnectionOptions });
  await client.connect(transport as Transport);
  const peer = server.peers.find(({ session }) => session.id === transport.sessionId);
  assert.ok(peer !== undefined);
  return { client, transport, peer, [Symbol.asyncDispose]: () => client.close() };
}

/** Sends progress of a call, with the token that its client asked for it with. */
function progress({ request, exchange }: Asked, value: number): void {
  const { _meta } = JSON.parse(request.params ?? '{}');
  exchange.send(
    notification('notifications/progress', { progressToken: _meta.progressToken, progress: value }),
  );
}

suite("the SDK's client", () => {
  test('initializes, is told the newest revision, and calls a tool', async () => {
    await using server = await EndpointServer.start({ 'tools/call': (asked) => answer(asked, hello) });
    await using connected = await connect(server);
    assert.equal(connected.transport.protocolVersion, '2025-11-25');
    assert.deepEqual((await connected.client.callTool({ name: 'a' })).content, hello.content);
    assert.equal((await connected.peer.got(1)).kind, 'notification');
  });

  test('gets progress while a tool works', async () => {
    await using server = await EndpointServer.start();
    await using connected = await connect(server);
    const values: number[] = [];
    const options = { onprogress: ({ progress: value }: { progress: number }) => values.push(value) };
    const calling = connected.client.callTool({ name: 'a' }, undefined, options);
    const asked = await connected.peer.asked('tools/call');
    for (const value of [1, 2]) progress(asked, value);
    answer(asked, hello);
    await calling;
    assert.deepEqual(values, [1, 2]);
  });

  test('answers what a server asks it, in the middle of a call and outside of one', async () => {
    await using server = await EndpointServer.start();
    const sampler = new Client({ name: 'test', version: '1' }, { capabilities: { sampling: {} } });
    const reply = { model: 'm', role: 'assistant', content: { type: 'text', text: 'yes' } } as const;
    sampler.setRequestHandler(CreateMessageRequestSchema, () => reply);
    await using connected = await connect(server, sampler);
    const calling = connected.client.callTool({ name: 'a' });
    const asked = await connected.peer.asked('tools/call');
    asked.exchange.send(sampling('"in a call"'));
    assert.equal(await answerTo(connected.peer, '"in a call"'), 'yes');
    answer(asked, hello);
    await calling;
    connected.peer.session.send(sampling('12345678901234567'));
    connected.peer.session.send(sampling('2'));
    assert.equal(await answerTo(connected.peer, '2'), 'yes');
  });

  test('gets notifications that belong to no request, also after its stream broke', async () => {
    await using server = await EndpointServer.start();
    await using connected = await connect(server);
    const texts: unknown[] = [];
    const { promise: third, resolve } = Promise.withResolvers<void>();
    const { promise: first, resolve: resolveFirst } = Promise.withResolvers<void>();
    connected.client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
      texts.push(params.data);
      if (texts.length === 1) resolveFirst();
      if (texts.length === 3) resolve();
    });
    const log = (data: string) =>
      connected.peer.session.send(notification('notifications/message', { level: 'info', data }));
    log('one');
    await first;
    server.breakConnections();
    for (const text of ['two', 'three']) log(text);
    await third;
    assert.deepEqual(texts, ['one', 'two', 'three']);
  });

  test('comes back to a call whose connection broke, and gets progress and answer once', async () => {
    await using server = await EndpointServer.start({}, { retryMs: 1 });
    await using connected = await connect(server);
    const values: number[] = [];
    const { promise: first, resolve } = Promise.withResolvers<void>();
    const onprogress = ({ progress: value }: { progress: number }) => {
      values.push(value);
      resolve();
    };
    const calling = connected.client.callTool({ name: 'a' }, undefined, { onprogress });
    const asked = await connected.peer.asked('tools/call');
    progress(asked, 1);
    await first;
    server.breakConnections();
    progress(asked, 2);
    answer(asked, hello);
    assert.deepEqual((await calling).content, hello.content);
    assert.deepEqual(values, [1, 2]);
    assert.equal(connected.peer.requests.length, 2);
  });

  test('takes up a call of an earlier client of its session with a resumption token', async () => {
    await using server = await EndpointServer.start();
    const first = await connect(server);
    const { promise: token, resolve } = Promise.withResolvers<string>();
    const request = { method: 'tools/call', params: { name: 'a' } } as const;
    const abandoned = first.client
      .request(request, CallToolResultSchema, { onresumptiontoken: resolve })
      .catch(() => undefined);
    const asked = await first.peer.asked('tools/call');
    asked.exchange.send(notification('notifications/progress', { progressToken: 9, progress: 1 }));
    const resumptionToken = await token;
    await first.client.close();
    await abandoned;
    answer(asked, hello);
    const { sessionId = '', protocolVersion = '' } = first.transport;
    const transport = new StreamableHTTPClientTransport(server.url, { sessionId, reconnectionOptions });
    transport.setProtocolVersion(protocolVersion);
    const second = new Client({ name: 'test', version: '1' });
    await second.connect(transport as Transport);
    const result = await second.request(request, CallToolResultSchema, { resumptionToken });
    assert.deepEqual(result.content, hello.content);
    await second.close();
    assert.equal(first.peer.requests.filter((each) => each.request.method === 'tools/call').length, 1);
  });

  test('cancels a call by a notification', async () => {
    await using server = await EndpointServer.start();
    await using connected = await connect(server);
    const cancelling = new AbortController();
    const calling = connected.client.callTool({ name: 'a' }, undefined, { signal: cancelling.signal });
    const { request, exchange } = await connected.peer.asked('tools/call');
    cancelling.abort();
    await assert.rejects(calling);
    const message = await connected.peer.got(2);
    assert.equal(message.kind === 'notification' && message.method, 'notifications/cancelled');
    assert.match(message.text, new RegExp(`"requestId":${request.id}\\b`));
    exchange.abandon();
  });

  test('ends its session with DELETE', async () => {
    await using server = await EndpointServer.start();
    await using connected = await connect(server);
    await connected.transport.terminateSession();
    assert.equal(connected.peer.end, 'deleted');
    assert.equal(server.endpoint.sessions, 0);
    await assert.rejects(connected.client.ping(), /send initialize/);
  });
});

function sampling(id: string): string {
  const params = JSON.stringify({ messages: [], maxTokens: 1 });
  return rpc('sampling/createMessage').replace(
    /"id":1.*/,
    `"id":${id},"method":"sampling/createMessage","params":${params}}`,
  );
}

/** What the client answered to a request of the server. */
async function answerTo(peer: ScriptedPeer, id: string): Promise<unknown> {
  for (let count = 1; ; count++) {
    const message = await peer.got(count);
    if (message.kind === 'result' && message.id === id) return JSON.parse(message.result).content.text;
  }
}
