/** The client's end to servers of 2026-07-28, odd ones, too. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { toModernParams } from '../../../gateway/modern/request-meta.ts';
import {
  type HeaderSource,
  type ModernCall,
  ModernServer,
} from '../../../gateway/modern-server/modern-server.ts';
import { AnswerError } from '../../../gateway/rpc/answer-error.ts';
import type { RpcNotification } from '../../../gateway/rpc/rpc-message.ts';
import {
  TransportError,
  type TransportErrorCode,
} from '../../../gateway/server-transport/transport-error.ts';
import { type Arrival, HandMadeServer } from '../../harness/hand-made-server.ts';

const never = new AbortController().signal;
const params = toModernParams('{"name":"a","arguments":{"n":1.0}}', { clientCapabilities: '{}' });
const call: ModernCall = { method: 'tools/call', params };
const result = '{ "n":12345678901234567890,"x-own":1.0 }';
const answer = `{"jsonrpc":"2.0","id":1,"result":${result}}`;
const progress = '{"jsonrpc":"2.0", "method":"notifications/progress","params":{"progress":1.0}}';
const failure = '{ "code":-32602,"message":"no such thing","data":{"uri":1.0} }';

const json = ({ response }: Arrival, text: string, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(text);
const stream = ({ response }: Arrival, text: string) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(text);
  return response;
};

async function connect(
  answerCall: (arrival: Arrival) => unknown,
  { headers = {}, source }: { headers?: Record<string, string>; source?: HeaderSource } = {},
) {
  const hands = await HandMadeServer.start(answerCall);
  const server = new ModernServer({ url: hands.url, headers }, source);
  const heard: RpcNotification[] = [];
  const ask = (own: Partial<ModernCall> = {}, signal = never) =>
    server.request({ ...call, ...own }, { notification: (each) => heard.push(each) }, signal);
  const end = async () => {
    server[Symbol.dispose]();
    await hands[Symbol.asyncDispose]();
  };
  return { hands, server, heard, ask, [Symbol.asyncDispose]: end };
}

/** Waits until the connection of a request is gone. */
async function closed({ response }: Arrival): Promise<void> {
  if (!response.destroyed) await once(response, 'close');
}

function fails(code: TransportErrorCode, words: RegExp = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  };
}

suite('a request', () => {
  test('has its params as they are spelled, and its result comes as the server spelled it', async () => {
    await using connection = await connect((arrival) => json(arrival, `\n${answer} `));
    assert.equal(await connection.ask(), result);
    const [arrival] = connection.hands.arrivals;
    assert.equal(arrival?.method, 'POST');
    assert.equal(arrival?.body, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);
  });

  test('has headers that repeat what it says', async () => {
    await using connection = await connect((arrival) => json(arrival, answer));
    await connection.ask();
    const headers = connection.hands.arrivals[0]?.headers ?? {};
    assert.equal(headers['mcp-protocol-version'], '2026-07-28');
    assert.equal(headers['mcp-method'], 'tools/call');
    assert.equal(headers['mcp-name'], 'a');
    assert.equal(headers.accept, 'application/json, text/event-stream');
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers.host, new URL(connection.hands.url).host);
  });

  test('names what is no plain ASCII in base64', async () => {
    await using connection = await connect((arrival) => json(arrival, answer));
    const uri = toModernParams('{"uri":"file:///\\u00e4 b"}', { clientCapabilities: '{}' });
    await connection.ask({ method: 'resources/read', params: uri });
    assert.equal(connection.hands.arrivals[0]?.headers['mcp-name'], '=?base64?ZmlsZTovLy/DpCBi?=');
  });

  test('takes the headers of arguments along, and nothing else that a client sent', async () => {
    await using connection = await connect((arrival) => json(arrival, answer));
    const headers = {
      'Mcp-Param-Region': 'eu',
      authorization: 'stolen',
      cookie: 'c',
      origin: 'o',
      'mcp-name': 'x',
    };
    await connection.ask({ headers });
    const sent = connection.hands.arrivals[0]?.headers ?? {};
    assert.equal(sent['mcp-param-region'], 'eu');
    assert.equal(sent['mcp-name'], 'a');
    assert.deepEqual([sent.authorization, sent.cookie, sent.origin], [undefined, undefined, undefined]);
  });

  test('has the configured headers, and those of the moment in their place', async () => {
    const source: HeaderSource = async () => ({ Authorization: 'Bearer new', Accept: 'text/plain' });
    const headers = { authorization: 'Bearer old', 'X-Own': '1', 'Mcp-Method': 'forged' };
    await using connection = await connect((arrival) => json(arrival, answer), { headers, source });
    await connection.ask();
    const sent = connection.hands.arrivals[0]?.headers ?? {};
    assert.deepEqual([sent.authorization, sent['x-own']], ['Bearer new', '1']);
    assert.deepEqual(
      [sent['mcp-method'], sent.accept],
      ['tools/call', 'application/json, text/event-stream'],
    );
  });

  for (const method of ['tools/\u00e4', 'a\r\nauthorization: b']) {
    test(`of the method ${JSON.stringify(method)}, which no header can repeat, is not sent`, async () => {
      await using connection = await connect((arrival) => json(arrival, answer));
      await assert.rejects(connection.ask({ method }), (error) => {
        assert.ok(error instanceof AnswerError);
        assert.deepEqual([error.code, error.status], [-32_601, 404]);
        return true;
      });
      assert.equal(connection.hands.arrivals.length, 0);
    });
  }

  test('is not sent where its credentials cannot be had', async () => {
    const source = () => Promise.reject(new Error('no token'));
    await using connection = await connect((arrival) => json(arrival, answer), { source });
    await assert.rejects(connection.ask(), { message: 'no token' });
    assert.equal(connection.hands.arrivals.length, 0);
  });

  test('has an id of its own, and shares a connection with those before it', async () => {
    await using connection = await connect((arrival) =>
      json(arrival, `{"jsonrpc":"2.0","id":${JSON.parse(arrival.body).id},"result":{}}`),
    );
    await connection.ask();
    await connection.ask();
    const [one, two] = connection.hands.arrivals;
    assert.deepEqual([JSON.parse(one?.body ?? '').id, JSON.parse(two?.body ?? '').id], [1, 2]);
    assert.equal(one?.response.req.socket.remotePort, two?.response.req.socket.remotePort);
  });
});

suite('a stream', () => {
  test('tells the listener what comes before the answer, in order and as it is spelled', async () => {
    await using connection = await connect((arrival) =>
      stream(
        arrival,
        `: hello\n\ndata: ${progress}\n\nevent: message\r\ndata: ${progress}\r\n\r\ndata: ${answer}\n\n`,
      ).end(),
    );
    assert.equal(await connection.ask(), result);
    assert.deepEqual(
      connection.heard.map(({ text }) => text),
      [progress, progress],
    );
  });

  test('that does not end with its answer is cut, and nothing after it is heard', async () => {
    await using connection = await connect((arrival) =>
      stream(arrival, `data: ${answer}\n\ndata: ${progress}\n\n`),
    );
    assert.equal(await connection.ask(), result);
    await closed(await connection.hands.arrived(() => true));
    assert.deepEqual(connection.heard, []);
  });

  test('that ends without an answer is BROKEN', async () => {
    await using connection = await connect((arrival) => stream(arrival, `data: ${progress}\n\n`).end());
    await assert.rejects(connection.ask(), fails('BROKEN', /before the answer/));
    assert.equal(connection.heard.length, 1);
  });

  test('that breaks is BROKEN, and is not asked for again though it had ids', async () => {
    await using connection = await connect((arrival) =>
      stream(arrival, `id: 1\ndata: ${progress}\n\n`).destroy(),
    );
    await assert.rejects(connection.ask(), fails('BROKEN'));
    assert.equal(connection.hands.arrivals.length, 1);
  });

  const faulty: readonly (readonly [what: string, event: string])[] = [
    ['what is no message', 'hello'],
    ['a request', '{"jsonrpc":"2.0","id":1,"method":"roots/list"}'],
    ['an answer to something else', '{"jsonrpc":"2.0","id":2,"result":{}}'],
    ['an error of something else', '{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":""}}'],
    ['a result that is no object', '{"jsonrpc":"2.0","id":1,"result":[]}'],
  ];
  for (const [what, event] of faulty) {
    test(`with ${what} is MALFORMED`, async () => {
      await using connection = await connect((arrival) => stream(arrival, `data: ${event}\n\n`));
      await assert.rejects(connection.ask(), fails('MALFORMED'));
    });
  }

  test('with an event above the limit is TOO_LARGE', async () => {
    await using connection = await connect((arrival) =>
      stream(arrival, `data: ${' '.repeat(33 * 1024 * 1024)}`),
    );
    await assert.rejects(connection.ask(), fails('TOO_LARGE'));
  });

  test('ends with what the listener throws', async () => {
    const hands = await HandMadeServer.start((arrival) => stream(arrival, `data: ${progress}\n\n`));
    await using _hands = hands;
    using server = new ModernServer({ url: hands.url, headers: {} });
    const notification = () => {
      throw new Error('not for them');
    };
    await assert.rejects(server.request(call, { notification }, never), { message: 'not for them' });
    await closed(await hands.arrived(() => true));
  });
});

suite('an error of the server', () => {
  for (const status of [200, 400, 404, 500]) {
    test(`is its answer with the status ${status}, code and data kept as spelled`, async () => {
      await using connection = await connect((arrival) =>
        json(arrival, `{"jsonrpc":"2.0","id":1,"error":${failure}}`, status),
      );
      await assert.rejects(connection.ask(), (error) => {
        assert.ok(error instanceof AnswerError);
        assert.deepEqual([error.code, error.error, error.status], [-32_602, failure, status]);
        return true;
      });
    });
  }

  for (const id of ['', '"id":null,']) {
    test(`may have ${id === '' ? 'no id' : 'an id that is null'}`, async () => {
      await using connection = await connect((arrival) =>
        json(arrival, `{"jsonrpc":"2.0",${id}"error":${failure}}`, 400),
      );
      await assert.rejects(connection.ask(), AnswerError);
    });
  }

  test('may come on a stream', async () => {
    await using connection = await connect((arrival) =>
      stream(arrival, `data: {"jsonrpc":"2.0","id":1,"error":${failure}}\n\n`).end(),
    );
    await assert.rejects(connection.ask(), AnswerError);
  });
});

suite('a response that is no answer', () => {
  for (const status of [401, 403, 429]) {
    test(`has the status ${status}, whatever it says`, async () => {
      await using connection = await connect((arrival) =>
        json(arrival, `{"jsonrpc":"2.0","id":1,"error":${failure}}`, status),
      );
      await assert.rejects(connection.ask(), (error) => {
        assert.ok(fails('STATUS')(error) && error instanceof TransportError);
        assert.equal(error.status, status);
        return true;
      });
    });
  }

  test('is a redirect: it is not followed', async () => {
    await using connection = await connect(({ response }) =>
      response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    );
    await assert.rejects(connection.ask(), fails('STATUS', /redirects are not followed/));
    assert.equal(connection.hands.arrivals.length, 1);
  });

  test('is a refusal that is no JSON-RPC, with its beginning kept', async () => {
    await using connection = await connect((arrival) => json(arrival, '{"error":"busy"}', 503));
    await assert.rejects(connection.ask(), fails('STATUS', /503: {"error":"busy"}/));
  });

  test('is an error of another request', async () => {
    await using connection = await connect((arrival) =>
      json(arrival, `{"jsonrpc":"2.0","id":2,"error":${failure}}`, 400),
    );
    await assert.rejects(connection.ask(), fails('STATUS'));
  });

  const bodies: readonly (readonly [what: string, answerCall: (arrival: Arrival) => unknown])[] = [
    ['no JSON', (arrival) => json(arrival, 'hello')],
    ['a batch', (arrival) => json(arrival, `[${answer}]`)],
    ['a notification', (arrival) => json(arrival, progress)],
    ['accepted without an answer', ({ response }) => response.writeHead(202).end()],
    ['a page', ({ response }) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
  ];
  for (const [what, answerCall] of bodies) {
    test(`is ${what}: MALFORMED`, async () => {
      await using connection = await connect(answerCall);
      await assert.rejects(connection.ask(), fails('MALFORMED'));
    });
  }

  test('is larger than a message may be: TOO_LARGE', async () => {
    await using connection = await connect((arrival) => json(arrival, ' '.repeat(33 * 1024 * 1024)));
    await assert.rejects(connection.ask(), fails('TOO_LARGE'));
  });

  test('does not come: UNREACHABLE', async () => {
    const hands = await HandMadeServer.start(() => undefined);
    const { url } = hands;
    await hands[Symbol.asyncDispose]();
    using server = new ModernServer({ url, headers: {} });
    await assert.rejects(server.discover(never), fails('UNREACHABLE'));
  });
});

suite('cancelling', () => {
  test('closes the connection before the answer, and gives the reason', async () => {
    await using connection = await connect(() => undefined);
    const cancelling = new AbortController();
    const asking = assert.rejects(connection.ask({}, cancelling.signal), { message: 'enough' });
    const arrival = await connection.hands.arrived(() => true);
    cancelling.abort(new Error('enough'));
    await asking;
    await closed(arrival);
  });

  test('closes a stream', async () => {
    await using connection = await connect((arrival) => stream(arrival, `data: ${progress}\n\n`));
    const cancelling = new AbortController();
    const notification = () => cancelling.abort(new Error('enough'));
    const asking = connection.server.request(call, { notification }, cancelling.signal);
    await assert.rejects(asking, { message: 'enough' });
    await closed(await connection.hands.arrived(() => true));
  });

  test('of what has not begun sends nothing', async () => {
    await using connection = await connect((arrival) => json(arrival, answer));
    await assert.rejects(connection.ask({}, AbortSignal.abort(new Error('enough'))), { message: 'enough' });
    assert.equal(connection.hands.arrivals.length, 0);
  });

  test('is what closing does to all requests: CLOSED', async () => {
    await using connection = await connect(() => undefined);
    const asking = assert.rejects(connection.ask(), fails('CLOSED'));
    await connection.hands.arrived(() => true);
    connection.server[Symbol.dispose]();
    await asking;
    await assert.rejects(connection.ask(), fails('CLOSED'));
  });
});
