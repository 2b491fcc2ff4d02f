import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { helloParams, RpcClient } from '../../../gateway/rpc/rpc-client.ts';
import { writeRequest } from '../../../gateway/rpc/write-message.ts';
import { SseTransport } from '../../../gateway/server-transport/sse-transport.ts';
import {
  TransportError,
  type TransportErrorCode,
} from '../../../gateway/server-transport/transport-error.ts';
import { type Arrival, HandMadeServer } from '../../harness/hand-made-server.ts';
import { Recorder } from './recorder.ts';

const never = new AbortController().signal;
const call = writeRequest('1', 'tools/call', '{"n":1.0}');
const answer = '{"jsonrpc":"2.0","id":1,"result":{"n":1.0}}';

function fails(code: TransportErrorCode, words: RegExp = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  };
}

/** A server whose stream begins with these events; what is sent to it is answered with a status. */
async function connect(events: string, status = 202) {
  const server = await HandMadeServer.start(({ method, response }: Arrival) => {
    if (method === 'POST') return void response.writeHead(status).end('its own words');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(events);
  });
  const recorder = new Recorder();
  const headers = { Authorization: 'Bearer of the operator' };
  const transport = new SseTransport({ url: server.url, headers }, recorder);
  const end = async () => {
    await transport.close();
    await server[Symbol.asyncDispose]();
  };
  return { server, recorder, transport, [Symbol.asyncDispose]: end };
}

suite('a server of the revision 2024-11-05', () => {
  test('is told where it says, and answers on its stream', async () => {
    await using connection = await connect('event: endpoint\ndata: /said?session=1\n\n');
    await connection.transport.start();
    await connection.transport.send(call, never);
    const [stream, post] = connection.server.arrivals;
    assert.deepEqual([post?.path, post?.body], ['/said?session=1', call.text]);
    assert.equal(post?.headers.authorization, 'Bearer of the operator');
    stream?.response.write(`data: no message\n\nevent: message\ndata: ${answer}\n\n`);
    await connection.recorder.until(({ texts }) => texts.length === 1);
    assert.deepEqual(connection.recorder.texts, [answer]);
    assert.equal(connection.recorder.faults.length, 1);
  });

  for (const endpoint of ['http://example.com/said', '//example.com/said', 'http://', 'ftp://127.0.0.1/']) {
    test(`may not lead elsewhere: ${endpoint}`, async () => {
      await using connection = await connect(`event: endpoint\ndata: ${endpoint}\n\n`);
      await assert.rejects(connection.transport.start(), fails('MALFORMED', /origin/));
      assert.equal(connection.recorder.ends.length, 1);
      await assert.rejects(connection.transport.send(call, never), fails('CLOSED'));
    });
  }

  test('ends with its stream, also before it has said where', async () => {
    await using connection = await connect('event: endpoint\ndata: /said\n\n');
    await connection.transport.start();
    connection.server.arrivals[0]?.response.end();
    await connection.recorder.until(({ ends }) => ends.length === 1);
    assert.match(connection.recorder.ends[0] ?? '', /closed its connection/);
    await using mute = await connect(': hello\n\n');
    const starting = mute.transport.start();
    (await mute.server.arrived(({ method }) => method === 'GET')).response.destroy();
    await assert.rejects(starting, fails('BROKEN'));
  });

  test('may refuse a message, and goes on', async () => {
    await using connection = await connect('event: endpoint\ndata: /said\n\n', 403);
    await connection.transport.start();
    await assert.rejects(connection.transport.send(call, never), fails('STATUS', /403: its own words/));
    assert.deepEqual(connection.recorder.ends, []);
  });

  test('that is closed while it opens has ended', async () => {
    await using connection = await connect(': hello\n\n');
    const starting = connection.transport.start();
    await connection.server.arrived(({ method }) => method === 'GET');
    await connection.transport.close();
    await assert.rejects(starting, fails('CLOSED'));
    assert.deepEqual(connection.recorder.ends, [undefined]);
  });

  test('that is no such server says so', async () => {
    await using server = await HandMadeServer.start(({ path, response }) =>
      path === '/mcp' ? response.writeHead(405).end() : response.end('a page'),
    );
    const opening = (url: string) => new SseTransport({ url, headers: {} }, new Recorder()).start();
    await assert.rejects(opening(server.url), fails('STATUS', /405/));
    await assert.rejects(opening(`${server.url}/page`), fails('MALFORMED', /no stream/));
  });
});

test('the SDK’s server for the old transport is spoken to from the handshake to a call', async () => {
  const mcp = new McpServer({ name: 'old', version: '1' });
  mcp.registerTool('hello', {}, () => ({ content: [{ type: 'text', text: 'hello' }] }));
  const transports = new Map<string, SSEServerTransport>();
  const http = createServer(async (request, response) => {
    const session = new URL(request.url ?? '', 'http://localhost').searchParams.get('sessionId') ?? '';
    if (request.method === 'POST') return void transports.get(session)?.handlePostMessage(request, response);
    const transport = new SSEServerTransport('/messages', response);
    transports.set(transport.sessionId, transport);
    await mcp.connect(transport);
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/sse`;
  const quiet = { fault: () => undefined, ended: () => undefined };
  const client = new RpcClient((listener) => new SseTransport({ url, headers: {} }, listener), quiet);
  await client.initialize(helloParams({ name: 'test', version: '1' }), never);
  assert.match(
    await client.request('tools/call', '{"name":"hello","arguments":{}}', never),
    /"text":"hello"/,
  );
  await client.close();
  http.close();
  http.closeAllConnections();
});
