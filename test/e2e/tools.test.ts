/** What a client sees of a server's tools, and what becomes of calls that no policy is about. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type McpError, ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { filesystemServer, oddServer, rulesGuard, script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends, type ScriptedTool } from '../harness/scripted-backend.ts';
import { callTool, outcomeOf, textOf } from '../harness/tool-result.ts';
import { begin, messagesOf, rawRequest, rpc } from './raw-request.ts';

const root = join(import.meta.dirname, '..', '..');
const text = (words: string) => ({ content: [{ type: 'text', text: words }] });

const odd = {
  name: 'odd',
  title: 'Odd',
  inputSchema: {
    type: 'object',
    properties: { n: { type: 'number', default: 1 } },
    $defs: {},
    'x-more': [null],
  },
  outputSchema: { type: 'object', required: ['a'] },
  annotations: { readOnlyHint: true, 'x-own': 'kept' },
  _meta: { 'example.com/own': { deep: [1, 2] } },
  icons: [{ src: 'data:,' }],
};
const busy = { code: -32_099, message: 'the database password is hunter2', data: { retry: true } };
const tools: readonly ScriptedTool[] = [
  { ...odd, script: { result: text('odd') } },
  { name: 'hello', script: { result: text('hello') } },
  { name: 'fail', script: { result: { ...text('it failed'), isError: true } } },
  { name: 'refuse', script: { error: busy } },
];
const listed = tools.map(({ script: _, ...tool }) => ({ inputSchema: { type: 'object' }, ...tool }));

/** A policy that allows everything, and one that a guard does not accept. */
const open = script({});
const refused = {
  labelAgent: '{"ok":false,"error":"no such repository: the-secret-one"}',
  ...without(open, 'labelAgent'),
};

let backends: ScriptedBackends;
let gateway: RunningGateway;

before(async () => {
  backends = await ScriptedBackends.start();
  const url = backends.add('/tools', tools);
  const http = { type: 'http', url };
  const guarded = (policy: object) => ({ ...http, guard: 'scripted', 'guard-policies': policy });
  gateway = await RunningGateway.start({
    // What servers and guards say is looked for below.
    logs: ['--log-payloads'],
    guards: {
      scripted: scriptedGuard,
      rules: rulesGuard,
      missing: { type: 'wasm', path: 'no-such-file.wasm' },
    },
    mcpServers: {
      noop: http,
      guarded: guarded(open),
      chosen: { ...guarded(open), tools: ['hello', 'not_there'] },
      broken: { ...http, guard: 'missing' },
      refused: guarded(refused),
      limited: { ...http, guard: 'public', 'guard-policies': allowOnly },
      away: {
        type: 'http',
        url: 'http://127.0.0.1:1/away',
        connectTimeout: 0.5,
        guard: 'scripted',
        'guard-policies': open,
      },
      'away-noop': { type: 'http', url: 'http://127.0.0.1:1/away', connectTimeout: 0.5 },
      'no-program': { type: 'stdio', command: '/no/such/program' },
      files: filesystemServer(root),
      odd: { ...oddServer, env: { OWN: 'given' } },
    },
    guests: { public: { guest: 'answers-public' } },
    env: { SECRET: 'hunter2', API_KEY: 'hunter3' },
  });
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

async function listTools(server: string): Promise<unknown> {
  const client = await gateway.connect(server);
  const result = await client.request({ method: 'tools/list', params: {} }, ResultSchema);
  return result.tools;
}

/** The JSON-RPC error that a call comes back with. */
async function errorOf(call: Promise<unknown>): Promise<McpError> {
  return call.then(
    (result) => assert.fail(`a result: ${JSON.stringify(result)}`),
    (error: McpError) => error,
  );
}

suite('tools/list', () => {
  for (const server of ['noop', 'guarded']) {
    test(`of a ${server} server is the server's own, byte for byte`, async () => {
      assert.equal(JSON.stringify(await listTools(server)), JSON.stringify(listed));
    });
  }

  test('of the filesystem server is the server’s own, byte for byte', async () => {
    const list = JSON.stringify(await listTools('files'));
    assert.match(list, /"name":"read_text_file"/);
    assert.match(list, /"annotations":\{"readOnlyHint":true/);
  });

  test('holds what is on the allow-list, and what the server has', async () => {
    assert.equal(JSON.stringify(await listTools('chosen')), JSON.stringify([listed[1]]));
  });

  for (const server of ['broken', 'refused']) {
    test(`of a server whose guard is ${server} is empty`, async () => {
      assert.deepEqual(await listTools(server), []);
    });
  }

  for (const server of ['away', 'away-noop']) {
    test(`of a server that is away (${server}) fails in words that say what to do, and no more`, async () => {
      const { code, message, data } = await errorOf(listTools(server));
      assert.equal(code, -32_603);
      assert.match(message, /: this server cannot be reached; try again later, or tell the user\.$/);
      assert.deepEqual(data, { 'sluice.dev/outcome': 'failed', 'sluice.dev/reason': 'BACKEND_UNAVAILABLE' });
    });
  }

  test('of a server whose program is missing does not name the program', async () => {
    const { message } = await errorOf(listTools('no-program'));
    assert.doesNotMatch(message, /such/);
    await gateway.logged('/no/such/program');
  });
});

suite('the arguments of a call', () => {
  test('keep their digits on the way to the server: an id above 2^53 is no other id', async () => {
    const path = '/mcp/guarded';
    const headers = { 'mcp-session-id': await begin(gateway.port, path) };
    const body = rpc('tools/call', { name: 'hello', arguments: { id: 'ID' } }).replace(
      '"ID"',
      '12345678901234567891',
    );
    await rawRequest(gateway.port, { path, headers, body });
    assert.match(backends.texts.get('/tools')?.at(-1) ?? '', /"arguments":\{"id":12345678901234567891\}/);
  });

  for (const given of ['"text"', '[]', 'null', '1']) {
    test(`that are ${given} are refused with -32602`, async () => {
      const path = '/mcp/guarded';
      const headers = { 'mcp-session-id': await begin(gateway.port, path) };
      const body = rpc('tools/call', { name: 'hello', arguments: JSON.parse(given) });
      const [answer] = messagesOf(await rawRequest(gateway.port, { path, headers, body }));
      assert.equal(answer?.error?.code, -32_602);
    });
  }

  test('may be missing', async () => {
    const client = await gateway.connect('guarded');
    const result = await client.request({ method: 'tools/call', params: { name: 'hello' } }, ResultSchema);
    assert.deepEqual(result, text('hello'));
  });
});

suite('a method that is not offered', () => {
  test('is refused with -32601', async () => {
    const client = await gateway.connect('guarded');
    const { code, message } = await errorOf(
      client.request({ method: 'resources/list', params: {} }, ResultSchema),
    );
    assert.equal(code, -32_601);
    assert.match(message, /this server does not offer resources\/list/);
  });
});

suite('a tool that is not offered', () => {
  test('is an error with the same words, whether the server has it or not', async () => {
    const off = await errorOf(gateway.call('chosen', 'fail'));
    const unknown = await errorOf(gateway.call('chosen', 'nothing'));
    const onListOnly = await errorOf(gateway.call('chosen', 'not_there'));
    for (const error of [off, unknown, onListOnly]) assert.equal(error.code, -32_602);
    assert.equal(off.message.replace('fail', 'nothing'), unknown.message);
    assert.equal(onListOnly.message.replace('not_there', 'nothing'), unknown.message);
    assert.match(unknown.message, /has no tool "nothing": see tools\/list/);
    assert.deepEqual(
      backends.calls.get('/tools')?.filter((name) => name === 'fail'),
      [],
    );
  });
});

suite('a server whose guard cannot be had', () => {
  for (const [server, reason] of [
    ['broken', 'GUARD_UNAVAILABLE'],
    ['refused', 'POLICY_REJECTED'],
  ] as const) {
    test(`(${server}) answers initialize, and fails calls with ${reason}`, async () => {
      const client = await gateway.connect(server);
      assert.equal(client.getServerVersion()?.name, server);
      const result = await callTool(client, 'hello');
      assert.equal(outcomeOf(result), `failed ${reason}`);
      assert.equal(result.isError, true);
      assert.doesNotMatch(JSON.stringify(result), /the-secret-one|no-such-file/);
    });
  }

  test('says so in its health, without the words of the guard', async () => {
    const { servers } = await gateway.ready();
    assert.equal(servers.guarded?.state, 'ready');
    assert.equal(servers.noop?.state, 'ready');
    assert.equal(servers.broken?.state, 'unavailable');
    assert.match(servers.broken?.reason ?? '', /no-such-file\.wasm/);
    assert.deepEqual(servers.refused, {
      state: 'unavailable',
      guard: 'scripted',
      reason: 'the guard did not open: POLICY_REJECTED; the log says more',
    });
    await gateway.logged('the-secret-one');
  });
});

suite('a result', () => {
  for (const server of ['noop', 'guarded']) {
    test(`of a tool that failed passes as it is from a ${server} server`, async () => {
      const result = await gateway.call(server, 'fail');
      assert.deepEqual(result, { ...text('it failed'), isError: true });
    });
  }
});

suite('a JSON-RPC error of the server', () => {
  test('passes as it is from a noop server', async () => {
    const { code, message, data } = await errorOf(gateway.call('noop', 'refuse'));
    assert.deepEqual({ code, message: message.replace(`MCP error ${code}: `, ''), data }, busy);
  });

  test('passes from a noop server also with the code that the SDK has for closed connections', async () => {
    const { code, message } = await errorOf(gateway.call('odd', 'refuse', { args: { text: 'not now' } }));
    assert.equal(code, -32_000);
    assert.match(message, /not now/);
  });

  test('fails a call of a guarded server, and only the log has its text', async () => {
    const result = await gateway.call('guarded', 'refuse');
    assert.equal(outcomeOf(result), 'failed BACKEND_ERROR');
    assert.doesNotMatch(JSON.stringify(result), /hunter2|database/);
    await gateway.logged('hunter2');
  });
});

suite('a server that is away', () => {
  for (const server of ['away', 'away-noop', 'no-program']) {
    test(`(${server}) fails calls with BACKEND_UNAVAILABLE`, async () => {
      const result = await gateway.call(server, 'hello');
      assert.equal(outcomeOf(result), 'failed BACKEND_UNAVAILABLE');
      assert.doesNotMatch(JSON.stringify(result), /ECONNREFUSED|fetch|such\/program/);
    });
  }

  test('that dies in mid-call fails the call with BACKEND_UNAVAILABLE, noop or not, and is started again', async () => {
    assert.equal(outcomeOf(await gateway.call('odd', 'die')), 'failed BACKEND_UNAVAILABLE');
    assert.match(textOf(await gateway.call('odd', 'place')), /cwd/);
  });
});

suite('a server over stdio', () => {
  test('has the configured environment, and nothing secret of the gateway’s', async () => {
    const environment = JSON.parse(textOf(await gateway.call('odd', 'environment')));
    assert.equal(environment.OWN, 'given');
    assert.equal(environment.PATH, process.env.PATH);
    assert.equal('SECRET' in environment || 'API_KEY' in environment || 'TMPDIR' in environment, false);
    assert.doesNotMatch(JSON.stringify(environment), /hunter/);
  });

  test('runs in the folder of the configuration', async () => {
    const { cwd } = JSON.parse(textOf(await gateway.call('odd', 'place')));
    assert.equal(cwd, gateway.folder);
  });

  test('has its standard error in the log, lines cut', async () => {
    await gateway.call('odd', 'shout', { args: { text: `first\n${'x'.repeat(5_000)}\nlast\n` } });
    await gateway.logged('"message":"last"');
    const lines = gateway.logLines.filter(({ server }) => server === 'odd').map(({ message }) => message);
    assert.ok(lines.includes('first'));
    assert.ok(lines.includes('x'.repeat(2_000)));
  });
});

const allowOnly = {
  'allow-only': { repos: 'all', 'min-integrity': 'none', 'tool-call-limits': { hello: 2 } },
};

suite('the tool-call-limits of an allow-only policy', () => {
  test('hold for one agent session across its MCP sessions, and for no other agent', async () => {
    const first = await gateway.call('limited', 'hello', { run: 'a' });
    const second = await gateway.call('limited', 'hello', { run: 'a' });
    const third = await errorOf(gateway.call('limited', 'hello', { run: 'a' }));
    assert.deepEqual([outcomeOf(first), outcomeOf(second)], ['result', 'result']);
    assert.equal(third.code, -32_602);
    assert.match(third.message, /hello may be called 2 times in one agent session: do without it/);
    await gateway.call('limited', 'fail', { run: 'a' });
    await gateway.call('limited', 'hello', { run: 'b' });
  });
});

function without(object: object, key: string): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}
