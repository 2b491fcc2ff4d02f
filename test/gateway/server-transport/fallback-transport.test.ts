import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { writeRequest } from '../../../gateway/rpc/write-message.ts';
import { FallbackTransport } from '../../../gateway/server-transport/fallback-transport.ts';
import { TransportError } from '../../../gateway/server-transport/transport-error.ts';
import { type Arrival, HandMadeServer } from '../../harness/hand-made-server.ts';
import { Recorder } from './recorder.ts';

const never = new AbortController().signal;
const initialize = writeRequest('1', 'initialize', '{}');
const call = writeRequest('2', 'tools/call', '{}');
const answer = (id: number) => `{"jsonrpc":"2.0","id":${id},"result":{"protocolVersion":"2024-11-05"}}`;

async function connect(answerTo: (arrival: Arrival) => void) {
  const server = await HandMadeServer.start(answerTo);
  const recorder = new Recorder();
  const transport = new FallbackTransport({ url: server.url, headers: {} }, recorder);
  await transport.start();
  const end = async () => {
    await transport.close();
    await server[Symbol.asyncDispose]();
  };
  return { server, recorder, transport, [Symbol.asyncDispose]: end };
}

const refuses = (status: number) => (error: unknown) =>
  error instanceof TransportError && error.status === status;

suite('a server over HTTP of any revision', () => {
  for (const status of [400, 404, 405]) {
    test(`is spoken to in the old way when it answers initialize with ${status}`, async () => {
      await using connection = await connect(({ method, path, response }) => {
        if (method === 'POST') return void response.writeHead(path === '/said' ? 202 : status).end();
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('event: endpoint\ndata: /said\n\n');
      });
      await connection.transport.send(initialize, never);
      await connection.transport.send(call, never);
      const { response } = await connection.server.arrived(({ method }) => method === 'GET');
      response.write(`data: ${answer(1)}\n\ndata: ${answer(2)}\n\n`);
      await connection.recorder.until(({ texts }) => texts.length === 2);
      assert.deepEqual(
        connection.server.arrivals.map(({ method, path }) => `${method} ${path}`),
        ['POST /mcp', 'GET /mcp', 'POST /said', 'POST /said'],
      );
      assert.deepEqual(connection.recorder.ends, []);
      await connection.transport.close();
      assert.deepEqual(connection.recorder.ends, [undefined]);
    });
  }

  test('fails with the first refusal when the old way is not there either', async () => {
    await using connection = await connect(({ method, response }) =>
      response.writeHead(method === 'POST' ? 400 : 405).end(),
    );
    await assert.rejects(connection.transport.send(initialize, never), refuses(400));
    assert.match(connection.recorder.ends.join(), /400/);
    assert.equal(connection.recorder.ends.length, 1);
  });

  test('is not tried in the old way for any other reason', async () => {
    await using connection = await connect(({ body, response }) =>
      response.writeHead(body === initialize.text ? 401 : 405).end(),
    );
    await assert.rejects(connection.transport.send(initialize, never), refuses(401));
    await assert.rejects(connection.transport.send(call, never), refuses(405));
    assert.equal(connection.server.arrivals.length, 2);
    assert.deepEqual(connection.recorder.ends, []);
  });

  test('is Streamable HTTP where it can be', async () => {
    await using connection = await connect(({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer(1));
    });
    await connection.transport.send(initialize, never);
    assert.deepEqual(connection.recorder.texts, [answer(1)]);
    assert.equal(connection.recorder.messages[0]?.relatedTo, '1');
    await connection.transport.close();
    assert.deepEqual(connection.recorder.ends, [undefined]);
  });
});
