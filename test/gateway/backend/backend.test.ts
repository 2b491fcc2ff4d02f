import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { Backend } from '../../../gateway/backend/backend.ts';
import { GatewayError } from '../../../gateway/gateway-error.ts';
import { HttpTransport } from '../../../gateway/server-transport/http-transport.ts';
import type { MakeTransport, TransportListener } from '../../../gateway/server-transport/server-transport.ts';
import { type ServerProgram, StdioTransport } from '../../../gateway/server-transport/stdio-transport.ts';
import { gone } from '../../harness/child-processes.ts';
import { HandMadeServer } from '../../harness/hand-made-server.ts';
import { ScriptedBackends, type ScriptedTool } from '../../harness/scripted-backend.ts';
import { SdkHttpServer } from '../../harness/sdk-http-server.ts';
import { silentLog } from '../silent-log.ts';

const oddServer = join(import.meta.dirname, '../../harness/odd-server.ts');
const never = new AbortController().signal;

let scripted: ScriptedBackends;
before(async () => {
  scripted = await ScriptedBackends.start();
});
after(() => scripted[Symbol.asyncDispose]());

/** A backend over HTTP with these tools, at `/` and its name. */
function httpBackend(name: string, tools: readonly ScriptedTool[]): Backend {
  return new Backend(name, overHttp(scripted.add(`/${name}`, tools)), { log: silentLog });
}

function overHttp(url: string): MakeTransport {
  return (listener) => new HttpTransport({ url, headers: {} }, listener);
}

/** Transports to a program, and those that were made so far. */
function overStdio(args: readonly string[], program: Partial<ServerProgram> = {}) {
  const transports: StdioTransport[] = [];
  const usual = { command: process.execPath, args, env: {}, cwd: import.meta.dirname };
  const makeTransport = (listener: TransportListener) => {
    const transport = new StdioTransport({ ...usual, ...program }, listener, () => undefined);
    transports.push(transport);
    return transport;
  };
  return { makeTransport, transports };
}

/** A backend that is a process, and the transports to it so far. */
function oddBackend(): { backend: Backend; transports: StdioTransport[] } {
  const { makeTransport, transports } = overStdio([oddServer]);
  return { backend: new Backend('odd', makeTransport, { log: silentLog }), transports };
}

function call(backend: Backend, tool: string, args = '{}', signal = never): Promise<string> {
  return backend.callTool({ tool, args }, signal);
}

function failsWith(code: string, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof GatewayError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

const text = (words: string) => ({ content: [{ type: 'text', text: words }] });
const hello: ScriptedTool = { name: 'hello', script: { result: text('hello') } };

const begun = '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25"}}';

suite('a backend', () => {
  test('lists all pages of its tools, each as the server lists it', async () => {
    const tools = ['a', 'b', 'c'].map((name) => ({
      name,
      script: { result: text(name) },
      title: `${name}!`,
      'x-own': { deep: [1, null] },
    }));
    scripted.toolsPerPage = 2;
    await using backend = httpBackend('pages', tools);
    const listed = await backend.listTools(never);
    scripted.toolsPerPage = Number.POSITIVE_INFINITY;
    const expected = tools.map(({ script: _, ...tool }) => ({ inputSchema: { type: 'object' }, ...tool }));
    assert.deepEqual(
      listed.map(({ text }) => text),
      expected.map((tool) => JSON.stringify(tool)),
    );
  });

  test('asks for the list again for a tool that it does not know, and not for one that it knows', async () => {
    await using backend = httpBackend('known', [hello]);
    assert.equal((await backend.findTool('hello', never))?.name, 'hello');
    assert.equal((await backend.findTool('hello', never))?.name, 'hello');
    assert.equal(await backend.findTool('nothing', never), undefined);
    const lists = scripted.messages.get('/known')?.filter(({ method }) => method === 'tools/list');
    assert.equal(lists?.length, 2);
  });

  test('answers with the result, a failed tool included', async () => {
    const failed = { ...text('no'), isError: true, structuredContent: { a: [{}] }, _meta: { own: 1 } };
    await using backend = httpBackend('failing', [{ name: 'fail', script: { result: failed } }]);
    assert.deepEqual(JSON.parse(await call(backend, 'fail')), failed);
  });

  test('sends the arguments as they are, __proto__ included', async () => {
    const args = '{"__proto__":{"a":1},"b":[{"c":null}]}';
    const script = (given: object) => ({ result: text(JSON.stringify(given)) });
    await using backend = httpBackend('echo', [{ name: 'echo', script }]);
    assert.equal(JSON.parse(await call(backend, 'echo', args)).content[0].text, args);
  });

  test('sends numbers with the digits that they have', async () => {
    await using backend = httpBackend('digits', [hello]);
    await call(backend, 'hello', '{"id":9007199254740993,"price":0.10,"tiny":1e-400}');
    const sent = scripted.texts.get('/digits')?.at(-1) ?? '';
    assert.match(sent, /"arguments":\{"id":9007199254740993,"price":0\.10,"tiny":1e-400\}/);
  });

  test('answers with the server’s own bytes: digits, members that nobody knows, blanks', async () => {
    const json =
      '{ "content":[], "structuredContent":{"id":12345678901234567890,"price":1.0}, "x-own": [1e0] }';
    await using backend = httpBackend('bytes', [{ name: 'get', script: { json } }]);
    assert.equal(await call(backend, 'get'), json);
  });

  test('lists tools whose numbers keep their digits', async () => {
    const tool = { ...hello, inputSchema: { type: 'object', maximum: JSON.rawJSON('12345678901234567890') } };
    await using backend = httpBackend('digits-of-tools', [tool]);
    assert.match((await backend.listTools(never))[0]?.text ?? '', /"maximum":12345678901234567890/);
  });

  test('has the server’s own answer to initialize, and fails where there is no server', async () => {
    await using backend = httpBackend('offers', [hello]);
    assert.match(await backend.welcome(never), /"capabilities":\{"tools":/);
    const { makeTransport } = overStdio([], { command: '/no/such/program' });
    await using missing = new Backend('missing', makeTransport, { log: silentLog });
    await assert.rejects(missing.welcome(never), failsWith('BACKEND_UNAVAILABLE', /cannot be reached/));
  });

  test('sends any request as it is', async () => {
    await using backend = httpBackend('any', [hello]);
    assert.match(
      await backend.request({ method: 'tools/list', params: '{"x-own": 1.0}' }, never),
      /"name":"hello"/,
    );
    assert.match(scripted.texts.get('/any')?.at(-1) ?? '', /"params":\{"x-own": 1\.0\}/);
  });

  test('opens one connection for all who ask at once', async () => {
    const { backend, transports } = oddBackend();
    await using _ = backend;
    await Promise.all([call(backend, 'place'), call(backend, 'place'), backend.listTools(never)]);
    assert.equal(transports.length, 1);
  });

  test('fails with BACKEND_ERROR for a JSON-RPC error, and keeps its connection whatever the code', async () => {
    const { backend, transports } = oddBackend();
    await using _ = backend;
    await assert.rejects(call(backend, 'refuse', '{"text":"busy"}'), failsWith('BACKEND_ERROR', /busy/));
    await call(backend, 'place');
    assert.equal(transports.length, 1);
  });

  test('overhears what is no JSON', async () => {
    const { backend } = oddBackend();
    await using _ = backend;
    assert.match(await call(backend, 'babble'), /babbled/);
  });

  test('fails with BACKEND_ERROR for an answer that is no JSON-RPC', async () => {
    await using backend = httpBackend('garbage', [
      { name: 'no_result', script: { json: '5' } },
      { name: 'no_json', script: { json: '{' } },
      hello,
    ]);
    for (const tool of ['no_result', 'no_json'])
      await assert.rejects(call(backend, tool), failsWith('BACKEND_ERROR', /garbage/));
    await call(backend, 'hello');
    assert.equal(initializations('/garbage'), 1);
  });

  test('answers with a result of 200,000 nested arrays as with any other', async () => {
    const depth = 200_000;
    const json = `{"content":[],"structuredContent":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
    await using backend = httpBackend('deep', [{ name: 'dig', script: { json } }]);
    assert.equal(await call(backend, 'dig'), json);
  });

  test('fails with BACKEND_UNAVAILABLE when its process dies in mid-call, and starts it again', async () => {
    const { backend, transports } = oddBackend();
    await using _ = backend;
    await assert.rejects(call(backend, 'die'), failsWith('BACKEND_UNAVAILABLE', /closed/));
    assert.match(await call(backend, 'place'), /cwd/);
    assert.equal(transports.length, 2);
  });

  test('fails with BACKEND_UNAVAILABLE when its stream dies in mid-call, at once', async () => {
    await using server = await HandMadeServer.start(({ body, response }) => {
      if (body.includes('"initialize"')) response.setHeader('content-type', 'application/json').end(begun);
      else if (!body.includes('tools/call')) response.writeHead(202).end();
      else response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': soon\n\n');
    });
    await using backend = new Backend('dying', overHttp(server.url), { log: silentLog });
    const waiting = call(backend, 'hello');
    const { response } = await server.arrived(({ body }) => body.includes('tools/call'));
    response.destroy();
    await assert.rejects(
      waiting,
      failsWith('BACKEND_UNAVAILABLE', /dying: the stream broke|connection failed/),
    );
  });

  test('fails with BACKEND_ERROR when its result is no JSON within, and the connection stays', async () => {
    await using server = await HandMadeServer.start(({ body, response }) => {
      if (body === '') return void response.writeHead(405).end();
      const { id, params } = JSON.parse(body);
      if (id === undefined) return void response.writeHead(202).end();
      response.setHeader('content-type', 'application/json');
      if (body.includes('"initialize"')) return void response.end(begun);
      const result = params.name === 'broken' ? '{"content":[1 2]}' : '{"content":[]}';
      response.end(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`);
    });
    await using backend = new Backend('odd', overHttp(server.url), { log: silentLog });
    await assert.rejects(call(backend, 'broken'), failsWith('BACKEND_ERROR', /odd: .*JSON/));
    assert.equal(await call(backend, 'sound'), '{"content":[]}');
    assert.equal(server.arrivals.filter(({ body }) => body.includes('"initialize"')).length, 1);
  });

  test('fails with BACKEND_UNAVAILABLE when there is no such program', async () => {
    const { makeTransport } = overStdio([], { command: '/no/such/program' });
    await using backend = new Backend('missing', makeTransport, { log: silentLog });
    await assert.rejects(
      call(backend, 'hello'),
      failsWith('BACKEND_UNAVAILABLE', /missing cannot be reached/),
    );
  });

  test('fails with BACKEND_UNAVAILABLE while nobody listens, and connects when somebody does', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    await using late = new Backend('late', overHttp(`http://127.0.0.1:${port}/late`), { log: silentLog });
    await assert.rejects(call(late, 'hello'), failsWith('BACKEND_UNAVAILABLE', /late cannot be reached/));
    await using there = await ScriptedBackends.start({ port });
    there.add('/late', [hello]);
    assert.match(await call(late, 'hello'), /hello/);
  });

  for (const [status, connections] of [
    [401, 1],
    [403, 1],
    [429, 1],
    [404, 2],
    [500, 2],
  ] as const) {
    const keeps = connections === 1 ? 'keeps its connection' : 'opens another connection';
    test(`fails with BACKEND_UNAVAILABLE for the HTTP status ${status}, and ${keeps}`, async () => {
      const fault = { name: 'fail', script: { error: { transport: String(status) } } };
      await using backend = httpBackend(`status-${status}`, [fault, hello]);
      await assert.rejects(call(backend, 'fail'), failsWith('BACKEND_UNAVAILABLE', /status/));
      await call(backend, 'hello');
      assert.equal(initializations(`/status-${status}`), connections);
    });
  }

  test('closes a connection that it gave up', async () => {
    const fault = { name: 'fail', script: { error: { transport: '500' } } };
    const url = scripted.add('/given-up', [fault]);
    const closed = Promise.withResolvers<void>();
    const makeTransport = (listener: TransportListener) => {
      const transport = new HttpTransport({ url, headers: {} }, listener);
      const close = transport.close.bind(transport);
      transport.close = () => close().then(closed.resolve);
      return transport;
    };
    const backend = new Backend('given-up', makeTransport, { log: silentLog });
    await assert.rejects(call(backend, 'fail'));
    await closed.promise;
  });

  test('lets what is under way on a connection that it gave up come to its end', async () => {
    const answer = Promise.withResolvers<{ result: object }>();
    const slow = { name: 'slow', script: () => answer.promise };
    const fault = { name: 'fail', script: { error: { transport: '500' } } };
    await using backend = httpBackend('retiring', [slow, fault]);
    const waiting = call(backend, 'slow');
    await scripted.called('/retiring', 'slow');
    await assert.rejects(call(backend, 'fail'), failsWith('BACKEND_UNAVAILABLE', /retiring/));
    answer.resolve({ result: text('at last') });
    assert.match(await waiting, /at last/);
  });
});

suite('a backend whose server has forgotten the session', () => {
  const makeServer = () => {
    const server = new McpServer({ name: 'forgetful', version: '1' });
    server.registerTool('hello', {}, () => ({ content: [{ type: 'text', text: 'hello' }] }));
    return server;
  };

  test('lists its tools over another one', async () => {
    await using server = await SdkHttpServer.start(makeServer);
    await using backend = new Backend('forgetful', overHttp(server.url), { log: silentLog });
    await backend.listTools(never);
    server.forget();
    assert.equal((await backend.listTools(never)).length, 1);
  });

  test('does not repeat a call, and makes the next one over another one', async () => {
    await using server = await SdkHttpServer.start(makeServer);
    await using backend = new Backend('forgetful', overHttp(server.url), { log: silentLog });
    await call(backend, 'hello');
    server.forget();
    await assert.rejects(call(backend, 'hello'), failsWith('BACKEND_UNAVAILABLE', /session/));
    assert.match(await call(backend, 'hello'), /hello/);
  });
});

suite('a backend whose caller gives up', () => {
  test('is told so, in words that are not the caller’s, and the reason is the caller’s', async () => {
    await using backend = httpBackend('cancelled', [
      { name: 'wait', script: { error: { transport: 'timeout' } } },
    ]);
    const ending = new AbortController();
    const waiting = call(backend, 'wait', '{}', ending.signal);
    await scripted.called('/cancelled', 'wait');
    ending.abort('the secret is 42');
    await assert.rejects(waiting, (reason) => reason === 'the secret is 42');
    assert.equal(await scripted.cancelled('/cancelled'), 'nobody waits for the answer any more');
  });

  test('is told nothing of a call that it has answered', async () => {
    const wait = { name: 'wait', script: { error: { transport: 'timeout' } } };
    await using backend = httpBackend('answered', [hello, wait]);
    const ending = new AbortController();
    await call(backend, 'hello', '{}', ending.signal);
    const waiting = call(backend, 'wait', '{}', ending.signal);
    await scripted.called('/answered', 'wait');
    ending.abort();
    await assert.rejects(waiting);
    // Both are sent in the order of the calls, and the second one has arrived.
    const { id } = await scripted.arrived('/answered', ({ params }) => params?.name === 'wait');
    await scripted.arrived('/answered', ({ params }) => params?.requestId === id);
    const told = scripted.messages
      .get('/answered')
      ?.filter(({ method }) => method === 'notifications/cancelled');
    assert.equal(told?.length, 1);
  });

  test('does not lose the connection that others wait for', async () => {
    const { backend, transports } = oddBackend();
    await using _ = backend;
    const ending = new AbortController();
    const [mine, theirs] = [call(backend, 'place', '{}', ending.signal), call(backend, 'place')];
    ending.abort();
    await assert.rejects(mine, { name: 'AbortError' });
    assert.match(await theirs, /cwd/);
    assert.equal(transports.length, 1);
  });
});

suite('a backend that is done with', () => {
  test('ends its process', async () => {
    const { backend, transports } = oddBackend();
    await call(backend, 'place');
    const pid = transports[0]?.pid ?? 0;
    await backend[Symbol.asyncDispose]();
    await gone(pid);
  });

  test('ends a process that never answered initialize', async () => {
    const { makeTransport, transports } = overStdio(['-e', 'process.stdin.resume()']);
    const backend = new Backend('mute', makeTransport, { log: silentLog });
    const waiting = call(backend, 'place');
    waiting.catch(() => undefined);
    const pid = transports[0]?.pid ?? 0;
    await backend[Symbol.asyncDispose]();
    await assert.rejects(waiting, failsWith('BACKEND_UNAVAILABLE', /mute cannot be reached/));
    await gone(pid);
  });

  test('is not opened again, whoever still asks', async () => {
    const { backend, transports } = oddBackend();
    await call(backend, 'place');
    await backend[Symbol.asyncDispose]();
    for (const ask of [
      () => call(backend, 'place'),
      () => backend.welcome(never),
      () => backend.listTools(never),
    ])
      await assert.rejects(ask(), failsWith('BACKEND_UNAVAILABLE', /ended/));
    assert.equal(transports.length, 1);
  });

  test('is not opened for whoever has given up already', async () => {
    const { backend, transports } = oddBackend();
    await using _ = backend;
    const over = AbortSignal.abort('over');
    for (const ask of [() => call(backend, 'place', '{}', over), () => backend.welcome(over)])
      await assert.rejects(ask(), (reason) => reason === 'over');
    assert.equal(transports.length, 0);
  });

  test('has no connections left that it gave up before', async () => {
    const { backend, transports } = oddBackend();
    await call(backend, 'die').catch(() => undefined);
    await call(backend, 'place');
    await backend[Symbol.asyncDispose]();
    assert.equal(transports.length, 2);
    for (const { pid = 0 } of transports) await gone(pid);
  });
});

function initializations(path: string): number | undefined {
  return scripted.messages.get(path)?.filter(({ method }) => method === 'initialize').length;
}
