import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { writeNotification, writeRequest } from '../../../gateway/rpc/write-message.ts';
import { HttpTransport } from '../../../gateway/server-transport/http-transport.ts';
import {
  TransportError,
  type TransportErrorCode,
} from '../../../gateway/server-transport/transport-error.ts';
import { type Arrival, HandMadeServer } from '../../harness/hand-made-server.ts';
import { Recorder } from './recorder.ts';

const never = new AbortController().signal;
const initialize = writeRequest('0', 'initialize', '{}');
const initialized = writeNotification('notifications/initialized');
const call = writeRequest('1', 'tools/call', '{"name":"a","arguments":{}}');
const answer = '{"jsonrpc":"2.0","id":1,"result":{"n":12345678901234567890,"x-own":1.0}}';
const progress = '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1.0}}';
const begun = '{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}}';

const isCall = ({ method, body }: Arrival) => method === 'POST' && body === call.text;
const isGet = ({ method }: Arrival) => method === 'GET';
const json = ({ response }: Arrival, text: string, headers = {}) =>
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', ...headers }).end(text);
const stream = ({ response }: Arrival, text: string) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(text);
  return response;
};
const status = ({ response }: Arrival, code: number, headers = {}) =>
  response.writeHead(code, headers).end('its own words');

/** A server, and a transport to it. Messages that `answerCall` is not for are answered as usual; streams are not offered. */
async function connect(answerCall: (arrival: Arrival) => unknown, headers: Record<string, string> = {}) {
  const server = await HandMadeServer.start((arrival) => {
    if (arrival.body === initialize.text) json(arrival, begun, { 'mcp-session-id': 'the session' });
    else if (arrival.body === initialized.text) arrival.response.writeHead(202).end();
    else answerCall(arrival);
  });
  const recorder = new Recorder();
  const transport = new HttpTransport({ url: server.url, headers }, recorder);
  await transport.start();
  const end = async () => {
    await transport.close();
    await server[Symbol.asyncDispose]();
  };
  return { server, recorder, transport, [Symbol.asyncDispose]: end };
}

function fails(code: TransportErrorCode, words: RegExp = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  };
}

suite('a message to a server over HTTP', () => {
  test('is its text, and the answer is the server’s, byte for byte', async () => {
    await using connection = await connect((arrival) => json(arrival, ` ${answer}\n`));
    await connection.transport.send(call, never);
    assert.equal(connection.server.arrivals[0]?.body, call.text);
    assert.deepEqual(connection.recorder.texts, [` ${answer}\n`]);
    assert.equal(connection.recorder.messages[0]?.relatedTo, '1');
  });

  test('has the configured headers, which stand in for none of the transport’s own', async () => {
    const headers = {
      Authorization: 'Bearer of the operator',
      Accept: 'text/plain',
      'Mcp-Session-Id': 'forged',
    };
    await using connection = await connect((arrival) => json(arrival, answer), headers);
    await connection.transport.send(initialize, never);
    await connection.transport.send(call, never);
    const sent = connection.server.arrivals.map((arrival) => arrival.headers);
    assert.equal(sent[1]?.authorization, 'Bearer of the operator');
    assert.equal(sent[1]?.accept, 'application/json, text/event-stream');
    assert.equal(sent[1]?.['content-type'], 'application/json');
    assert.equal(sent[1]?.['mcp-session-id'], 'the session');
  });

  test('has the session and the revision once there are any', async () => {
    await using connection = await connect((arrival) => json(arrival, answer));
    await connection.transport.send(initialize, never);
    await connection.transport.send(initialized, never);
    const [first, second] = connection.server.arrivals.map(({ headers }) => [
      headers['mcp-session-id'],
      headers['mcp-protocol-version'],
    ]);
    assert.deepEqual(first, [undefined, undefined]);
    assert.deepEqual(second, ['the session', '2025-06-18']);
  });

  test('shares a connection with those before it', async () => {
    await using connection = await connect((arrival) => json(arrival, answer));
    await connection.transport.send(call, never);
    await connection.transport.send(call, never);
    const [first, second] = connection.server.arrivals.map(({ response }) => response.req.socket.remotePort);
    assert.equal(first, second);
  });

  test('may be answered with a stream, and what came before the answer is related to it', async () => {
    await using connection = await connect((arrival) =>
      stream(arrival, `event: message\ndata: ${progress}\n\n: still here\n\ndata: ${answer}\n\n`).end(),
    );
    await connection.transport.send(call, never);
    assert.deepEqual(connection.recorder.texts, [progress, answer]);
    assert.deepEqual(
      connection.recorder.messages.map(({ relatedTo }) => relatedTo),
      ['1', '1'],
    );
  });

  test('may be answered in a batch', async () => {
    await using connection = await connect((arrival) => json(arrival, `[${progress}, ${answer}]`));
    await connection.transport.send(call, never);
    assert.deepEqual(connection.recorder.texts, [progress, answer]);
  });

  test('loses what is no message on its stream, and no more', async () => {
    await using connection = await connect((arrival) =>
      stream(arrival, `data: {"a"\n\nevent: own\ndata: ${progress}\n\ndata: ${answer}\n\n`).end(),
    );
    await connection.transport.send(call, never);
    assert.deepEqual(connection.recorder.texts, [answer]);
    assert.match(connection.recorder.faults[0] ?? '', /no JSON/);
  });

  test('is answered at the answer: a stream that never ends is cut', async () => {
    await using connection = await connect((arrival) => stream(arrival, `data: ${answer}\n\n`));
    const sending = connection.transport.send(call, never);
    const { response } = await connection.server.arrived(isCall);
    await connection.recorder.until(({ texts }) => texts.length === 1);
    await once(response, 'close');
    await sending;
  });
});

suite('a request fails', () => {
  const faults: readonly (readonly [string, TransportErrorCode, RegExp, (arrival: Arrival) => unknown])[] = [
    [
      'when its stream ends without the answer',
      'BROKEN',
      /ended before/,
      (at) => stream(at, `data: ${progress}\n\n`).end(),
    ],
    ['when its connection is cut', 'BROKEN', /failed/, ({ response }) => response.destroy()],
    ['when its body is cut', 'BROKEN', /failed/, (at) => json(at, '', { 'content-length': 9 }).destroy()],
    ['when the answer is no JSON', 'MALFORMED', /no JSON/, (at) => json(at, '{')],
    ['when the answer is to another', 'MALFORMED', /no answer/, (at) => json(at, answer.replace('1', '2'))],
    ['when it is not answered', 'MALFORMED', /no answer/, (at) => json(at, progress)],
    ['when it is only accepted', 'MALFORMED', /type.* 202/, ({ response }) => response.writeHead(202).end()],
    [
      'when it is answered with a page',
      'MALFORMED',
      /type/,
      ({ response }) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    ],
    [
      'when it is led elsewhere',
      'STATUS',
      /307: redirects/,
      (at) => status(at, 307, { location: '/elsewhere' }),
    ],
  ];
  for (const [about, code, words, fault] of faults) {
    test(`${about}, at once`, async () => {
      await using connection = await connect(fault);
      await assert.rejects(connection.transport.send(call, never), fails(code, words));
      assert.equal(connection.server.arrivals.length, 1);
      assert.deepEqual(connection.recorder.ends, []);
    });
  }

  test('when its stream is cut, at once', async () => {
    await using connection = await connect((arrival) => stream(arrival, `data: ${progress}\n\n`));
    const sending = connection.transport.send(call, never);
    await connection.recorder.until(({ texts }) => texts.length === 1);
    connection.server.arrivals[0]?.response.destroy();
    await assert.rejects(sending, fails('BROKEN', /stream broke/));
  });

  for (const code of [400, 401, 403, 404, 405, 429, 500, 503]) {
    test(`with the HTTP status ${code}, which is no end of the connection`, async () => {
      await using connection = await connect((arrival) => status(arrival, code, { 'retry-after': '7' }));
      await assert.rejects(connection.transport.send(call, never), (error: unknown) => {
        fails('STATUS', /its own words/)(error);
        assert.ok(error instanceof TransportError);
        assert.deepEqual(error.refusal, { status: code, body: 'its own words', retryAfter: '7' });
        return true;
      });
      await connection.transport.send(initialized, never);
      assert.deepEqual(connection.recorder.ends, []);
    });
  }

  test('where nobody listens', async () => {
    const recorder = new Recorder();
    const server = await HandMadeServer.start(() => undefined);
    const transport = new HttpTransport({ url: server.url, headers: {} }, recorder);
    await server[Symbol.asyncDispose]();
    await assert.rejects(transport.send(call, never), fails('UNREACHABLE', /ECONNREFUSED/));
  });

  for (const type of ['application/json', 'text/event-stream']) {
    test(`when the answer as ${type} is above 32 MiB`, async () => {
      await using connection = await connect(({ response }) => {
        response.writeHead(200, { 'content-type': type });
        response.end(`data: ${'x'.repeat(32 * 1024 * 1024)}\n\n`);
      });
      await assert.rejects(
        connection.transport.send(call, never),
        fails('TOO_LARGE', /larger than 33554432/),
      );
    });
  }

  test('when its signal aborts, with its reason, and the connection is cut', async () => {
    await using connection = await connect(() => undefined);
    const ending = new AbortController();
    const sending = connection.transport.send(call, ending.signal);
    const { response } = await connection.server.arrived(isCall);
    ending.abort('enough');
    await assert.rejects(sending, (reason) => reason === 'enough');
    await once(response, 'close');
    await assert.rejects(connection.transport.send(call, ending.signal), (reason) => reason === 'enough');
    assert.equal(connection.server.arrivals.length, 1);
  });

  test('when its signal aborts in the middle of its stream', async () => {
    await using connection = await connect((arrival) => stream(arrival, `id: 1\ndata: ${progress}\n\n`));
    const ending = new AbortController();
    const sending = connection.transport.send(call, ending.signal);
    await connection.recorder.until(({ texts }) => texts.length === 1);
    ending.abort('enough');
    await assert.rejects(sending, (reason) => reason === 'enough');
    assert.equal(connection.server.arrivals.length, 1);
  });
});

suite('a session that the server does not know any more', () => {
  test('is the end of the connection', async () => {
    await using connection = await connect((arrival) => status(arrival, 404));
    await connection.transport.send(initialize, never);
    await assert.rejects(connection.transport.send(call, never), fails('SESSION_EXPIRED'));
    assert.deepEqual(connection.recorder.ends, ['the server does not know the session any more']);
    await assert.rejects(connection.transport.send(call, never), fails('CLOSED'));
    await connection.transport.close();
    assert.equal(connection.recorder.ends.length, 1);
    assert.equal(connection.server.arrivals.filter(({ method }) => method === 'DELETE').length, 0);
  });
});

suite('the stream of a request', () => {
  test('is resumed behind its last event when it ends before the answer', async () => {
    await using connection = await connect((arrival) => {
      if (!isGet(arrival))
        return stream(arrival, `retry: 1\nid: a\ndata: ${progress}\n\nid: b\ndata:\n\n`).end();
      return stream(arrival, `id: c\ndata: ${answer}\n\n`).end();
    });
    await connection.transport.send(call, never);
    assert.deepEqual(connection.recorder.texts, [progress, answer]);
    assert.deepEqual(connection.recorder.messages[1]?.relatedTo, '1');
    assert.equal(connection.server.arrivals[1]?.headers['last-event-id'], 'b');
  });

  test('is resumed when it is cut, as often as it takes', async () => {
    await using connection = await connect((arrival) => {
      const gets = connection.server.arrivals.filter(isGet).length;
      if (gets === 1) return void arrival.response.destroy();
      if (gets === 2) return void status(arrival, 503);
      if (gets === 4) return void stream(arrival, `data: ${answer}\n\n`).end();
      const half = stream(arrival, `retry: 1\nid: ${gets}\ndata: ${progress}\n\ndata: {"half`);
      return void setImmediate(() => half.destroy());
    });
    await connection.transport.send(call, never);
    assert.equal(connection.recorder.texts.at(-1), answer);
    assert.deepEqual(
      connection.server.arrivals.map(({ headers }) => headers['last-event-id']),
      [undefined, '0', '0', '0', '3'],
    );
  });

  test('is resumed no sooner than the server says', async () => {
    await using connection = await connect((arrival) => {
      if (!isCall(arrival)) return json(arrival, answer.replace('"id":1', '"id":2'));
      return stream(arrival, `retry: 2000000000\nid: a\ndata: ${progress}\n\n`).end();
    });
    const sending = connection.transport.send(call, never);
    sending.catch(() => undefined);
    await connection.recorder.until(({ texts }) => texts.length === 1);
    // In the time that these take, it would have been.
    for (let round = 0; round < 20; round++) await connection.transport.send(writeRequest('2', 'a'), never);
    assert.equal(connection.server.arrivals.filter(isGet).length, 0);
  });

  for (const code of [400, 404, 405]) {
    test(`that cannot be resumed (${code}) fails the request at once`, async () => {
      await using connection = await connect((arrival) =>
        isGet(arrival)
          ? status(arrival, code)
          : stream(arrival, `retry: 1\nid: a\ndata: ${progress}\n\n`).end(),
      );
      await assert.rejects(connection.transport.send(call, never), fails('BROKEN', /cannot be resumed/));
      assert.equal(connection.server.arrivals.length, 2);
    });
  }

  test('is not resumed for ever', async () => {
    await using connection = await connect((arrival) =>
      isGet(arrival)
        ? arrival.response.destroy()
        : stream(arrival, `retry: 1\nid: a\ndata: ${progress}\n\n`).end(),
    );
    await assert.rejects(connection.transport.send(call, never), fails('BROKEN', /cannot be resumed/));
    assert.equal(connection.server.arrivals.length, 6);
  });

  test('is not resumed by a transport that was closed', async () => {
    await using connection = await connect((arrival) =>
      stream(arrival, `retry: 2000000000\nid: a\ndata: ${progress}\n\n`).end(),
    );
    const sending = connection.transport.send(call, never);
    await connection.recorder.until(({ texts }) => texts.length === 1);
    await connection.transport.close();
    await assert.rejects(sending, fails('CLOSED'));
  });
});

suite('the stream of what a server says of its own accord', () => {
  test('is opened when the handshake is done, and what it says is related to no request', async () => {
    await using connection = await connect((arrival) => stream(arrival, `data: ${progress}\n\n`));
    await connection.transport.send(initialize, never);
    assert.equal(connection.server.arrivals.filter(isGet).length, 0);
    await connection.transport.send(initialized, never);
    await connection.recorder.until(({ texts }) => texts.includes(progress));
    assert.equal(connection.recorder.messages[1]?.relatedTo, undefined);
    const { headers } = await connection.server.arrived(isGet);
    assert.deepEqual(
      [headers.accept, headers['mcp-session-id'], headers['mcp-protocol-version']],
      ['text/event-stream', 'the session', '2025-06-18'],
    );
  });

  test('is opened again behind its last event, whenever it ends or breaks', async () => {
    await using connection = await connect((arrival) => {
      const number = connection.server.arrivals.filter(isGet).length;
      const response = stream(arrival, `retry: 1\nid: ${number}\ndata: ${progress}\n\n`);
      if (number === 1) response.end();
      if (number === 2) setImmediate(() => response.destroy());
    });
    await connection.transport.send(initialize, never);
    await connection.transport.send(initialized, never);
    const third = await connection.server.arrived(isGet, 3);
    assert.equal(third.headers['last-event-id'], '2');
    assert.deepEqual(connection.recorder.ends, []);
  });

  for (const code of [404, 405]) {
    test(`may not be offered (${code}), which is no fault of the session`, async () => {
      await using connection = await connect((arrival) =>
        isGet(arrival) ? status(arrival, code) : json(arrival, answer),
      );
      await connection.transport.send(initialize, never);
      await connection.transport.send(initialized, never);
      await connection.recorder.until(({ faults }) => faults.length === 1);
      await connection.transport.send(call, never);
      assert.equal(connection.server.arrivals.filter(isGet).length, 1);
      assert.deepEqual(connection.recorder.ends, []);
    });
  }

  test('tells the end of the session, once it was open', async () => {
    await using connection = await connect((arrival) => {
      const isFirst = connection.server.arrivals.filter(isGet).length === 1;
      return isFirst ? stream(arrival, 'retry: 1\n\n').end() : status(arrival, 404);
    });
    await connection.transport.send(initialize, never);
    await connection.transport.send(initialized, never);
    await connection.recorder.until(({ ends }) => ends.length === 1);
    assert.match(connection.recorder.ends[0] ?? '', /session/);
  });
});

suite('a transport over HTTP that is closed', () => {
  test('ends the session at the server', async () => {
    await using connection = await connect(({ response }) => response.writeHead(200).end());
    await connection.transport.send(initialize, never);
    await connection.transport.close();
    const { method, headers } = connection.server.arrivals[1] ?? {};
    assert.deepEqual([method, headers?.['mcp-session-id']], ['DELETE', 'the session']);
    assert.deepEqual(connection.recorder.ends, [undefined]);
  });

  test('fails what is under way, and sends nothing more', async () => {
    await using connection = await connect(() => undefined);
    const sending = connection.transport.send(call, never);
    const { response } = await connection.server.arrived(isCall);
    await connection.transport.close();
    await assert.rejects(sending, TransportError);
    await once(response, 'close');
    await assert.rejects(connection.transport.send(call, never), fails('CLOSED'));
    assert.equal(connection.server.arrivals.length, 1);
  });

  test('does not wait for a server that is gone', async () => {
    const connection = await connect(() => undefined);
    await connection.transport.send(initialize, never);
    await connection.server[Symbol.asyncDispose]();
    await connection.transport.close();
    assert.deepEqual(connection.recorder.ends, [undefined]);
  });
});
