import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BackendConnection } from '../../../gateway/backend/backend-connection.ts';
import type { CallContext } from '../../../gateway/backend/server-link.ts';
import { helloParams } from '../../../gateway/rpc/rpc-client.ts';
import { type RpcMessage, type RpcRequest, readMessage } from '../../../gateway/rpc/rpc-message.ts';
import { writeNotification, writeResult } from '../../../gateway/rpc/write-message.ts';
import type {
  ServerTransport,
  TransportListener,
} from '../../../gateway/server-transport/server-transport.ts';

const never = new AbortController().signal;
const hello = helloParams({ name: 'test', version: '1' });

/** A transport on which a test is the server: what was sent, and what it says. */
class TestTransport implements ServerTransport {
  readonly sent: RpcMessage[] = [];
  listener: TransportListener | undefined;
  #grown = Promise.withResolvers<void>();

  async start(): Promise<void> {}
  async send(message: RpcMessage): Promise<void> {
    this.sent.push(message);
    this.#grown.resolve();
    this.#grown = Promise.withResolvers<void>();
  }
  async close(): Promise<void> {
    this.listener?.ended();
  }

  /** Waits for a message that holds a text. */
  async asked(text: string): Promise<RpcMessage> {
    for (;;) {
      const message = this.sent.find((each) => each.text.includes(text));
      if (message !== undefined) return message;
      await this.#grown.promise;
    }
  }

  say(text: string, relatedTo?: string): void {
    this.listener?.received(readMessage(text), relatedTo);
  }
}

/** A connection to a test; what its listener is told, with the names of the contexts. */
async function connection(isOpen = true) {
  const transport = new TestTransport();
  const told: string[] = [];
  const names = new Map<CallContext | undefined, string>();
  const signals: AbortSignal[] = [];
  const connection = new BackendConnection(
    (listener) => {
      transport.listener = listener;
      return transport;
    },
    hello,
    {
      end: () => told.push('end'),
      fault: ({ message }) => told.push(`fault ${message}`),
      notification: ({ method }, context) => told.push(`${method} ${names.get(context)}`),
      request: async ({ id, method }: RpcRequest, context, signal) => {
        signals.push(signal);
        told.push(`${method} ${names.get(context)}`);
        return writeResult(id, '{}');
      },
    },
  );
  const open = () => transport.say('{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}');
  await transport.asked('"initialize"');
  if (isOpen) {
    open();
    await connection.opened;
  }
  const begin = (name: string, progressToken?: string) => {
    const nothing = { send: () => undefined, progressed: () => undefined, wait: () => new DisposableStack() };
    const context: CallContext = { progressToken, ...nothing };
    names.set(context, name);
    const result = connection.request({ method: name, params: '{}', context }, never);
    const { text } = transport.sent.at(-1) ?? { text: '' };
    return { result, id: /"id":(\d+)/.exec(text)?.[1] ?? '' };
  };
  return { connection, transport, told, begin, open, signals };
}

const progress = (token: string) =>
  `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${token}}}`;
const own = '{"jsonrpc":"2.0","method":"own"}';

suite('what a server says on a connection', () => {
  test('belongs to the request on whose stream it came', async () => {
    const { transport, told, begin } = await connection();
    const [a, b] = [begin('a', '1'), begin('b', '2')];
    transport.say(own, a.id);
    transport.say(progress('1'), b.id);
    assert.deepEqual(told, ['own a', 'notifications/progress b']);
  });

  test('belongs to the request whose token it names, and to none where nobody gave that', async () => {
    const { transport, told, begin } = await connection();
    begin('a', '1');
    transport.say(progress('2'));
    begin('b', '"1"');
    for (const token of ['"1"', '1', '3', 'null']) transport.say(progress(token));
    assert.deepEqual(
      told,
      ['undefined', 'b', 'a', 'undefined', 'undefined'].map((name) => `notifications/progress ${name}`),
    );
  });

  test('belongs to the only request that there is, and to none where there are two', async () => {
    const { transport, told, begin } = await connection();
    const a = begin('a');
    transport.say(own);
    begin('b');
    transport.say(own);
    transport.say(`{"jsonrpc":"2.0","id":${a.id},"result":{}}`);
    await a.result;
    transport.say('{"jsonrpc":"2.0","id":1,"method":"own"}');
    assert.deepEqual(told, ['own a', 'own undefined', 'own b']);
  });

  test('is a fault where it names a token twice, and nothing more', async () => {
    const { transport, told, begin } = await connection();
    begin('a', '1');
    transport.say(
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progressToken":2}}',
    );
    assert.deepEqual(told, ['fault an object has two members of the same name']);
  });

  test('waits for no answer any more when the connection has ended', async () => {
    const { connection: ending, transport, signals } = await connection();
    transport.say('{"jsonrpc":"2.0","id":1,"method":"own"}');
    assert.deepEqual([signals[0]?.aborted, ending.isClosed], [false, false]);
    await ending.close();
    assert.deepEqual([signals[0]?.aborted, ending.isClosed], [true, true]);
  });
});

suite('a connection', () => {
  test('tells its server nothing before it is open', async () => {
    const { connection: opening, transport, open } = await connection(false);
    const telling = opening.notify(writeNotification('own'));
    assert.deepEqual(transport.sent.length, 1);
    open();
    await telling;
    const methods = transport.sent.map(({ text }) => /"method":"([^"]+)"/.exec(text)?.[1]);
    assert.deepEqual(methods, ['initialize', 'notifications/initialized', 'own']);
  });

  test('that is retired is closed when what is under way has ended, and not before', async () => {
    const { connection: retiring, transport, told, begin } = await connection();
    const { result, id } = begin('a');
    retiring.retire();
    assert.equal(retiring.isClosed, false);
    transport.say(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
    await result;
    while (!retiring.isClosed) await Promise.resolve();
    assert.deepEqual(told, ['end']);
  });
});
