import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { Writable } from 'node:stream';
import { suite, test } from 'node:test';
import { AgentSessions } from '../../../gateway/agent/agent-sessions.ts';
import type { ServerLink } from '../../../gateway/backend/server-link.ts';
import type { ToolPage } from '../../../gateway/backend/tool-definition.ts';
import { Log } from '../../../gateway/log.ts';
import { MessageJudge } from '../../../gateway/relay/message-judge.ts';
import { type MessageParts, ServerMessages } from '../../../gateway/relay/server-messages.ts';
import { type ServerOffer, ServerPeer } from '../../../gateway/relay/server-peer.ts';
import type { ToolRequest } from '../../../gateway/relay/tool-caller.ts';
import { RpcError } from '../../../gateway/rpc/rpc-error.ts';
import { type RpcNotification, readMessage } from '../../../gateway/rpc/rpc-message.ts';
import { silentLog } from '../silent-log.ts';

const caller = { principal: 'alice', run: '1' };
const unrelated = new EventEmitter();
const session = {
  id: 's',
  caller,
  protocolVersion: '2025-06-18',
  send: (text: string) => void unrelated.emit('sent', text),
} as const;

const silentParts: MessageParts = {
  session,
  server: () => assert.fail('nobody asks'),
  judge: new MessageJudge(new AgentSessions([]), {
    rules: { operatorMode: undefined, notice: 'full' },
    log: silentLog,
  }),
  log: silentLog,
};

/** A server that never comes. */
class StubLink implements ServerLink {
  readonly #notified: string[];

  readonly #closed: () => void;

  constructor(notified: string[], closed: () => void) {
    this.#notified = notified;
    this.#closed = closed;
  }

  welcome(): Promise<string> {
    return new Promise(() => undefined);
  }
  request(): Promise<string> {
    return assert.fail('nobody asks');
  }
  notify({ method }: RpcNotification): void {
    this.#notified.push(method);
  }
  async findTool(): Promise<undefined> {}
  noteTools(): ToolPage {
    return { tools: [], nextCursor: undefined };
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed();
  }
}

/** A peer whose tools do what a test says; all that is answered, and what is called. */
class Stage {
  readonly answers: string[] = [];
  readonly calls: (ToolRequest & { signal: AbortSignal })[] = [];
  readonly sent: string[] = [];
  readonly notified: string[] = [];
  welcome: string | undefined = '{ "protocolVersion":"2025-06-18" }';
  readonly peer: ServerPeer;
  log = '';
  abandoned = 0;
  closed = 0;
  welcomed: (signal: AbortSignal) => void = () => undefined;
  #answered = Promise.withResolvers<void>();

  constructor(callTool: () => Promise<string> = async () => '{"content":[]}') {
    const stub = new StubLink(this.notified, () => this.closed++);
    const tools: ServerOffer = {
      serverName: 'greeter',
      openLink: () => stub,
      hello: (params) => params,
      messages: () => new ServerMessages(silentParts),
      welcome: async (_request, signal) => {
        this.welcomed(signal);
        return this.welcome;
      },
      request: async ({ method, params, caller }) => JSON.stringify({ asked: { method, params, caller } }),
      listTools: async () => '{"tools": [{"name":"hello"}] }',
      callTool: (request, signal) => {
        this.calls.push({ ...request, signal });
        return callTool();
      },
    };
    const write = (chunk: unknown, _encoding: unknown, done: () => void) => {
      this.log += String(chunk);
      done();
    };
    this.peer = new ServerPeer(session, tools, new Log(new Writable({ write })));
  }

  /** Settles when something was answered. */
  get answered(): Promise<void> {
    return this.#answered.promise;
  }

  /** Sends a request, raw. */
  send(method: string, params: string, id = '1'): void {
    const text = `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`;
    const request = readMessage(text);
    assert.ok(request.kind === 'request');
    this.peer.request(request, {
      signal: new AbortController().signal,
      send: (message) => this.sent.push(message),
      answer: (answer) => {
        this.answers.push(answer);
        this.#answered.resolve();
        this.#answered = Promise.withResolvers<void>();
      },
      abandon: () => this.abandoned++,
    });
  }

  /** The same, and waits for its answer. */
  async ask(method: string, params = '{}', id = '1'): Promise<string> {
    const count = this.answers.length;
    this.send(method, params, id);
    while (this.answers.length === count) await this.#answered.promise;
    return this.answers.at(-1) ?? '';
  }

  cancel(params: string): void {
    const text = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`;
    const message = readMessage(text);
    if (message.kind !== 'request') this.peer.receive(message);
  }
}

const nested = (value: string) => `${'['.repeat(100_000)}${value}${']'.repeat(100_000)}`;
const errorOf = (answer: string) => JSON.parse(answer).error;

suite('the peer of a session', () => {
  test('welcomes the client with the words of its server', async () => {
    const answer = await new Stage().ask('initialize');
    assert.equal(answer, '{"jsonrpc":"2.0","id":1,"result":{ "protocolVersion":"2025-06-18" }}');
  });

  test('offers tools where the server is not there, in the revision of the session', async () => {
    const stage = new Stage();
    stage.welcome = undefined;
    const { result } = JSON.parse(await stage.ask('initialize'));
    assert.equal(result.protocolVersion, '2025-06-18');
    assert.deepEqual(result.capabilities, { tools: { listChanged: true } });
    assert.equal(result.serverInfo.name, 'greeter');
  });

  test('answers ping with nothing, and lists the tools', async () => {
    const stage = new Stage();
    assert.equal(await stage.ask('ping', '{}', '"a"'), '{"jsonrpc":"2.0","id":"a","result":{}}');
    const listed = await stage.ask('tools/list');
    assert.equal(listed, '{"jsonrpc":"2.0","id":1,"result":{"tools": [{"name":"hello"}] }}');
  });

  test('answers a call with the text of its result: numbers keep their digits, ids as well', async () => {
    const result = '{ "content":[], "structuredContent":{"id":12345678901234567890,"one":1.0} }';
    const answer = await new Stage(async () => result).ask(
      'tools/call',
      '{"name":"a"}',
      '98765432109876543210',
    );
    assert.equal(answer, `{"jsonrpc":"2.0","id":98765432109876543210,"result":${result}}`);
  });

  test('calls for its caller, with the arguments as one text in which no member comes twice', async () => {
    const stage = new Stage();
    await stage.ask('tools/call', '{"name":"a","arguments":{"n":12345678901234567890,"b":1,"b":2,"c":1.0}}');
    const args = '{"n":12345678901234567890,"b":2,"c":1.0}';
    const [called] = stage.calls;
    assert.deepEqual(called?.call, { tool: 'a', args });
    assert.deepEqual(called?.params, `{"name":"a","arguments":${args}}`);
    assert.deepEqual(called?.caller, caller);
  });

  for (const [about, code, params] of [
    ['without a name', -32602, '{}'],
    ['whose name is no string', -32602, '{"name":1}'],
    ['whose arguments are a list', -32602, '{"name":"a","arguments":[]}'],
    ['whose arguments are null', -32602, '{"name":"a","arguments":null}'],
    ['whose params are no JSON inside', -32700, '{"name":"a","arguments":{x}}'],
    ['that is nested too deeply to be read', -32602, `{"name":"a","arguments":{"a":${nested('1.0e0')}}}`],
    [
      'that is nested too deeply to be written',
      -32602,
      `{"name":"a","arguments":{"a":${nested('{"toJSON":1}')}}}`,
    ],
  ] as const) {
    test(`refuses a call ${about} with ${code}`, async () => {
      const stage = new Stage();
      assert.equal(errorOf(await stage.ask('tools/call', params)).code, code);
      assert.deepEqual(stage.calls, []);
    });
  }

  test('passes the client’s notifications on, but those that are about the session itself', () => {
    const stage = new Stage();
    for (const method of ['notifications/initialized', 'notifications/roots/list_changed']) {
      const message = readMessage(`{"jsonrpc":"2.0","method":"${method}"}`);
      if (message.kind !== 'request') stage.peer.receive(message);
    }
    assert.deepEqual(stage.notified, ['notifications/roots/list_changed']);
  });

  test('has requests judged that are no tool calls, with their params as one text', async () => {
    const { result } = JSON.parse(
      await new Stage().ask('resources/read', '{ "uri": "a", "uri": "b", "n": 1e2 }'),
    );
    assert.deepEqual(result.asked, { method: 'resources/read', params: '{"uri":"b","n":1e2}', caller });
    assert.equal(errorOf(await new Stage().ask('prompts/get', '{"a":1 2}')).code, -32700);
  });

  test('passes an error on in its own words, and says nothing of any other', async () => {
    const told = new Stage(() => Promise.reject(new RpcError(-32005, 'no "such" tool', { a: [1] })));
    const expected = { code: -32005, message: 'no "such" tool', data: { a: [1] } };
    assert.deepEqual(errorOf(await told.ask('tools/call', '{"name":"a"}')), expected);
    const untold = new Stage(() => Promise.reject(new Error('secret')));
    const internal = { code: -32603, message: 'internal error' };
    assert.deepEqual(errorOf(await untold.ask('tools/call', '{"name":"a"}')), internal);
    // The log is written when the turn is over.
    await new Promise(setImmediate);
    assert.match(untold.log, /"message":"internal error","error":"Error","stack":"at /);
    assert.doesNotMatch(untold.log, /secret/);
  });

  test('abandons a call that is cancelled, and no other', () => {
    const stage = new Stage(() => new Promise(() => undefined));
    for (const id of ['1', '"1"', '2']) stage.send('tools/call', '{"name":"a"}', id);
    for (const params of ['{"requestId":"1"}', '{"requestId":7}', '{}', '{"requestId":null}'])
      stage.cancel(params);
    const aborted = stage.calls.map(({ signal }) => signal.aborted);
    assert.deepEqual([aborted, stage.abandoned], [[false, true, false], 1]);
  });

  test('refuses an id that is in use, so that nothing goes on that can not be ended', async () => {
    const calling = Promise.withResolvers<string>();
    const stage = new Stage(() => calling.promise);
    stage.send('tools/call', '{"name":"a"}');
    assert.match(errorOf(await stage.ask('tools/call', '{"name":"b"}')).message, /is under way/);
    calling.resolve('{}');
    while (stage.answers.length < 2) await stage.answered;
    assert.equal(await stage.ask('ping'), '{"jsonrpc":"2.0","id":1,"result":{}}');
    assert.equal(stage.calls.length, 1);
  });

  test('sends what belongs to a call on its stream, and what comes too late for that on the session’s own', async () => {
    const stage = new Stage(() => new Promise(() => undefined));
    stage.send('tools/call', '{"name":"a","_meta":{"progressToken":"t"}}');
    const context = stage.calls[0]?.context;
    assert.equal(context?.progressToken, '"t"');
    context?.send('early');
    stage.cancel('{"requestId":1}');
    const late = once(unrelated, 'sent');
    context?.send('late');
    assert.deepEqual([stage.sent, await late], [['early'], ['late']]);
  });

  test('tells the client that there are tools when a server that was not there has come, and not before', async () => {
    const stage = new Stage();
    stage.welcome = undefined;
    let count = 0;
    const told = once(unrelated, 'sent');
    stage.welcomed = () => {
      if (++count === 3) stage.welcome = '{}';
    };
    await stage.ask('initialize');
    assert.deepEqual(await told, ['{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}']);
    assert.equal(count, 3);
    stage.peer.close();
  });

  test('asks no more for a server that has not come when the session ends', async () => {
    const stage = new Stage();
    stage.welcome = undefined;
    const asked = Promise.withResolvers<AbortSignal>();
    let count = 0;
    stage.welcomed = (signal) => {
      if (++count === 2) asked.resolve(signal);
    };
    await stage.ask('initialize');
    const { aborted: before } = await asked.promise;
    stage.peer.close();
    assert.deepEqual([stage.closed, before, (await asked.promise).aborted], [1, false, true]);
  });

  test('aborts its calls when the session ends', () => {
    const stage = new Stage(() => new Promise(() => undefined));
    for (const id of ['1', '2']) stage.send('tools/call', '{"name":"a"}', id);
    stage.peer.close();
    assert.deepEqual(
      stage.calls.map(({ signal }) => signal.aborted),
      [true, true],
    );
  });
});
