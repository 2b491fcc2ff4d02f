import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { AnswerError } from '../../../gateway/rpc/answer-error.ts';
import { helloParams, RpcClient, type RpcListener } from '../../../gateway/rpc/rpc-client.ts';
import { type RpcMessage, readMessage } from '../../../gateway/rpc/rpc-message.ts';
import { RpcMessageError } from '../../../gateway/rpc/rpc-message-error.ts';
import { writeFailure, writeResult } from '../../../gateway/rpc/write-message.ts';
import type {
  ServerTransport,
  TransportListener,
} from '../../../gateway/server-transport/server-transport.ts';
import { StdioTransport } from '../../../gateway/server-transport/stdio-transport.ts';
import { TransportError } from '../../../gateway/server-transport/transport-error.ts';

const never = new AbortController().signal;
const root = join(import.meta.dirname, '../../..');
const testClient = { name: 'test', version: '1' };
const hello = helloParams(testClient);

/** A transport whose other end is the test: every order of messages can be had. */
class HandMadeTransport implements ServerTransport {
  readonly #events = new EventEmitter();
  readonly listener: TransportListener;
  readonly sent: RpcMessage[] = [];
  closings = 0;
  refusal: Error | undefined;

  constructor(listener: TransportListener) {
    this.listener = listener;
  }

  async start(): Promise<void> {}

  async send(message: RpcMessage): Promise<void> {
    if (this.refusal !== undefined) throw this.refusal;
    this.sent.push(message);
    this.#events.emit('sent');
  }

  async close(): Promise<void> {
    this.closings++;
    this.listener.ended();
  }

  say(text: string, relatedTo?: string): void {
    this.listener.received(readMessage(text), relatedTo);
  }

  async count(messages: number): Promise<void> {
    while (this.sent.length < messages) await once(this.#events, 'sent');
  }
}

function connect(listener: Partial<RpcListener> = {}) {
  const told: { faults: string[]; ends: (string | undefined)[] } = { faults: [], ends: [] };
  let made: HandMadeTransport | undefined;
  const client = new RpcClient(
    (transportListener) => {
      made = new HandMadeTransport(transportListener);
      return made;
    },
    {
      fault: (error) => told.faults.push(error.message),
      ended: (error) => told.ends.push(error?.message),
      ...listener,
    },
  );
  assert.ok(made !== undefined);
  return { client, transport: made, told };
}

const result = (id: number, json = '{}') => `{"jsonrpc":"2.0","id":${id},"result":${json}}`;

suite('a request', () => {
  test('has an id of its own, and its result as the server spelled it', async () => {
    const { client, transport } = connect();
    const first = client.request('a', '{"n":1.0}', never);
    const second = client.request('b', '{}', never);
    transport.say(result(2, '{"n": 12345678901234567890}'));
    transport.say(result(1, '{"x-own":1.0}'));
    assert.deepEqual([await first, await second], ['{"x-own":1.0}', '{"n": 12345678901234567890}']);
    assert.deepEqual(
      transport.sent.map(({ text }) => text),
      [
        '{"jsonrpc":"2.0","id":1,"method":"a","params":{"n":1.0}}',
        '{"jsonrpc":"2.0","id":2,"method":"b","params":{}}',
      ],
    );
  });

  test('has an id that others may be related to', async () => {
    const related: (string | undefined)[] = [];
    const { client, transport } = connect({ notification: (_, relatedTo) => related.push(relatedTo) });
    const { id, result: answer } = client.begin('a', '{}', never);
    transport.say('{"jsonrpc":"2.0","method":"b"}', id);
    transport.say(result(Number(id)), id);
    assert.equal(await answer, '{}');
    assert.deepEqual(related, [id]);
  });

  test('fails with the server’s error, which is kept as it was spelled', async () => {
    const { client, transport } = connect();
    const asking = client.request('a', '{}', never);
    transport.say('{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no","data":1.0}}');
    await assert.rejects(asking, (error: unknown) => {
      assert.ok(error instanceof AnswerError);
      assert.deepEqual([error.code, error.message], [-32_000, 'no']);
      assert.equal(error.error, '{"code":-32000,"message":"no","data":1.0}');
      return true;
    });
  });

  for (const json of ['5', '[]', 'null', '"{"']) {
    test(`fails when the result is ${json}, at once`, async () => {
      const { client, transport } = connect();
      const asking = client.request('a', '{}', never);
      transport.say(result(1, json));
      await assert.rejects(asking, RpcMessageError);
    });
  }

  test('fails when the text with its id is no message, at once', async () => {
    const { client, transport, told } = connect();
    const asking = client.request('a', '{}', never);
    transport.listener.fault(new RpcMessageError(-32600, 'no message', '1'));
    await assert.rejects(asking, RpcMessageError);
    assert.deepEqual(told.faults, ['no message']);
  });

  test('fails when it cannot be sent, and others do not', async () => {
    const { client, transport } = connect();
    const asking = client.request('a', '{}', never);
    transport.refusal = new TransportError('STATUS', 'no');
    await assert.rejects(client.request('b', '{}', never), { message: 'no' });
    transport.say(result(1));
    assert.equal(await asking, '{}');
  });

  test('is cancelled when its signal aborts, in words that are not its caller’s', async () => {
    const { client, transport } = connect();
    const ending = new AbortController();
    const asking = client.request('a', '{}', ending.signal);
    ending.abort('the secret is 42');
    await assert.rejects(asking, (reason) => reason === 'the secret is 42');
    assert.equal(
      transport.sent[1]?.text,
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"nobody waits for the answer any more"}}',
    );
    transport.say(result(1));
    await assert.rejects(client.request('b', '{}', ending.signal), (reason) => reason === 'the secret is 42');
    assert.equal(transport.sent.length, 2);
  });

  test('that was answered is not cancelled', async () => {
    const { client, transport } = connect();
    const ending = new AbortController();
    const asking = client.request('a', '{}', ending.signal);
    transport.say(result(1));
    await asking;
    ending.abort();
    assert.equal(transport.sent.length, 1);
  });

  test('ends with the connection', async () => {
    const { client, transport, told } = connect();
    const asking = client.request('a', '{}', never);
    transport.listener.ended(new TransportError('BROKEN', 'gone'));
    await assert.rejects(asking, { message: 'gone' });
    await assert.rejects(client.request('b', '{}', never), { message: 'gone' });
    assert.deepEqual(told.ends, ['gone']);
  });

  test('fails when the connection is closed, and is not sent afterwards', async () => {
    const { client, transport, told } = connect();
    const asking = client.request('a', '{}', never);
    const closing = client.close();
    await assert.rejects(asking, { code: 'CLOSED' });
    await closing;
    await assert.rejects(client.request('b', '{}', never), { code: 'CLOSED' });
    assert.deepEqual([transport.closings, transport.sent.length, told.ends], [1, 1, [undefined]]);
  });

  test('hears nothing of answers that nobody waits for', () => {
    const { transport, told } = connect();
    transport.say(result(7));
    transport.say('{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}');
    assert.deepEqual(told.faults, []);
  });
});

suite('the handshake', () => {
  test('says who we are, and which revision we would like', async () => {
    const { client, transport } = connect();
    const opening = client.initialize(helloParams(testClient, '{"roots":{}}'), never);
    await transport.count(1);
    assert.equal(
      transport.sent[0]?.text,
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",' +
        '"capabilities":{"roots":{}},"clientInfo":{"name":"test","version":"1"}}}',
    );
    const answer = '{"protocolVersion":"2024-11-05","x-own":1.0}';
    transport.say(result(1, answer));
    assert.equal(await opening, answer);
    assert.equal(transport.sent[1]?.text, '{"jsonrpc":"2.0","method":"notifications/initialized"}');
  });

  for (const revision of ['"2030-01-01"', '5', '"2026-07-28"']) {
    test(`fails for a server that speaks ${revision}`, async () => {
      const { client, transport } = connect();
      const opening = client.initialize(hello, never);
      await transport.count(1);
      transport.say(result(1, `{"protocolVersion":${revision}}`));
      await assert.rejects(opening, /revision that is not known here/);
      assert.equal(transport.sent.length, 1);
    });
  }

  test('is not cancelled, only given up', async () => {
    const { client, transport } = connect();
    const ending = new AbortController();
    const opening = client.initialize(hello, ending.signal);
    await transport.count(1);
    ending.abort('enough');
    await assert.rejects(opening, (reason) => reason === 'enough');
    assert.equal(transport.sent.length, 1);
  });
});

suite('what a server asks', () => {
  const asked = '{"jsonrpc":"2.0","id":"s-1","method":"roots/list"}';

  test('is answered with -32601, save for ping', async () => {
    const { transport } = connect();
    transport.say('{"jsonrpc":"2.0","id":12345678901234567890,"method":"ping"}');
    transport.say(asked);
    await transport.count(2);
    assert.deepEqual(
      transport.sent.map(({ text }) => text),
      [
        '{"jsonrpc":"2.0","id":12345678901234567890,"result":{}}',
        '{"jsonrpc":"2.0","id":"s-1","error":{"code":-32601,"message":"Method not found"}}',
      ],
    );
  });

  test('is answered by whoever listens, who knows what it is related to', async () => {
    const { transport } = connect({
      request: async ({ id }, relatedTo) => writeResult(id, `{"relatedTo":${relatedTo}}`),
    });
    transport.say(asked, '7');
    await transport.count(1);
    assert.equal(transport.sent[0]?.text, '{"jsonrpc":"2.0","id":"s-1","result":{"relatedTo":7}}');
  });

  test('is answered with an error when whoever listens fails, whose words stay in the log', async () => {
    const { transport, told } = connect({ request: () => Promise.reject(new Error('the secret is 42')) });
    transport.say(asked);
    await transport.count(1);
    assert.equal(
      transport.sent[0]?.text,
      writeFailure('"s-1"', { code: -32_603, message: 'Internal error' }).text,
    );
    assert.deepEqual(told.faults, ['the secret is 42']);
  });
});

test('what a server says of its own accord reaches whoever listens, and his faults nobody', () => {
  const heard: unknown[] = [];
  const { transport, told } = connect({
    notification: ({ method, params }, relatedTo) => {
      heard.push([method, params, relatedTo]);
      throw new Error('a fault of ours');
    },
  });
  transport.say('{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1.0}}', '3');
  assert.deepEqual(heard, [['notifications/progress', '{"progress":1.0}', '3']]);
  assert.deepEqual(told.faults, ['a fault of ours']);
});

test('the filesystem server from npm is spoken to from the handshake to a call', async () => {
  const program = {
    command: process.execPath,
    args: [join(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js'), root],
    env: {},
    cwd: root,
  };
  const quiet = { fault: () => undefined, ended: () => undefined };
  const client = new RpcClient((listener) => new StdioTransport(program, listener, () => undefined), quiet);
  assert.match(await client.initialize(hello, never), /"serverInfo"/);
  assert.match(await client.request('tools/list', '{}', never), /"name":"read_text_file"/);
  const params = JSON.stringify({ name: 'read_text_file', arguments: { path: join(root, 'tsconfig.json') } });
  assert.match(await client.request('tools/call', params, never), /erasableSyntaxOnly/);
  await assert.rejects(client.request('no/such', '{}', never), { code: -32_601 });
  await client.close();
});
