/** agentgateway's external guardrails: a client of its contract, a real gateway, a real sidecar and real guards. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { GuardrailClient } from '../harness/guardrail-client.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf, type ToolResult } from '../harness/tool-result.ts';

const secret = { secrecy: ['house'] };
const tools = { tools: ['get', 'put'].map((name) => ({ name, inputSchema: { type: 'object' } })) };
const hello = { content: [{ type: 'text', text: 'hello' }] };
const get = { name: 'get', arguments: { id: 1 } };
const denied = (reason: string) => ({ 'sluice.dev/outcome': 'denied', 'sluice.dev/reason': reason });
const failed = (reason: string) => ({ 'sluice.dev/outcome': 'failed', 'sluice.dev/reason': reason });

let backends: ScriptedBackends;
let gateway: RunningGateway;
let client: GuardrailClient;

function server(name: string, policy: object, settings: object = {}): object {
  const annotations = { readOnlyHint: true };
  const offered = tools.tools.map((tool) => ({ ...tool, annotations, script: { result: hello } }));
  const url = backends.add(`/${name}`, offered);
  return { type: 'http', url, guard: 'scripted', 'guard-policies': policy, ...settings };
}

before(async () => {
  backends = await ScriptedBackends.start();
  const itemsLabelled = {
    labeled_paths: [{ path: '/1', labels: secret }],
    items_path: '',
  };
  gateway = await RunningGateway.start({
    gateway: { extMcp: { listen: '127.0.0.1:0' } },
    guards: { scripted: scriptedGuard },
    guests: { 'calls-backend': {} },
    mcpServers: {
      open: server('open', script({})),
      house: server('house', script({ mode: 'strict', resource: secret })),
      taints: server('taints', script({ mode: 'propagate', resource: secret })),
      letters: server('letters', script({ operation: 'write' })),
      lists: server('lists', script({ response: itemsLabelled })),
      traps: server('traps', { ...script({}), labelResource: { fail: 'trap' } }),
      reads: server('reads', {}, { guard: 'calls-backend', 'guard-policies': {} }),
      few: server('few', script({}), { tools: ['get'] }),
      brief: server('brief', script({}), { toolTimeout: 0.5 }),
      bounded: server('bounded', script({}), { audience: [] }),
    },
  });
  await gateway.ready();
  client = await GuardrailClient.of(gateway);
});
after(async () => {
  client[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

/** The agent sees what tools there are, as each client does first. */
function list(target: string, principal: string) {
  return client.through({ target, method: 'tools/list', principal }, () => tools);
}

/** One whole call of a tool. */
async function call(target: string, principal: string, { params = get, result = hello as unknown } = {}) {
  await list(target, principal);
  return client.through({ target, method: 'tools/call', params, principal }, () => result);
}

suite('a tool call behind agentgateway', () => {
  test('passes, in the bytes that came', async () => {
    await list('open', 'pass');
    const metadata = { principal: 'pass' };
    const before = await client.checkRequest({ target: 'open', json: get, metadata });
    assert.equal(before.result, 'pass');
    assert.match(before.call ?? '', /^[0-9a-f-]{36}$/);
    const named = { ...metadata, sluiceCall: before.call };
    const json = '{"content":[{"type":"text","text":"12345678901234567890"}],"n":12345678901234567890}';
    assert.equal((await client.checkResponse({ target: 'open', json, metadata: named })).result, 'pass');
    // The gateway itself has asked the server for nothing.
    assert.deepEqual(backends.messages.get('/open'), []);
  });

  test('is denied before it is sent where the agent may not read it', async () => {
    await list('house', 'reader');
    const metadata = { principal: 'reader' };
    const { result, error, call } = await client.checkRequest({ target: 'house', json: get, metadata });
    assert.deepEqual([result, call], ['error', undefined]);
    assert.equal(error?.code, 'PERMISSION_DENIED');
    assert.match(error?.reason ?? '', /^Denied: this is more secret than what you may read/);
    assert.deepEqual(error?.data, denied('READ_SECRECY'));
  });

  test('delivers what may be read of a list, and says how much was withheld', async () => {
    const rows = JSON.stringify([{ row: 'public' }, { row: 'secret' }]);
    const got = await call('lists', 'filter', { result: { content: [{ type: 'text', text: rows }] } });
    const text = JSON.stringify(got);
    assert.match(text, /public/);
    assert.doesNotMatch(text, /secret"/);
    assert.match(text, /"sluice.dev\/withheld":\{"count":1/);
  });

  test('fails where the guard fails', async () => {
    const got = await call('traps', 'failing');
    assert.deepEqual(Object(got).error.data, failed('GUARD_TRAPPED'));
    assert.equal(Object(got).error.code, 'UNKNOWN');
  });

  test('lets its guard read through the way to the server that is configured', async () => {
    backends.calls.set('/reads', []);
    await call('reads', 'reading');
    assert.ok((backends.calls.get('/reads') ?? []).length > 0);
  });

  test('of a tool that no list had is refused, and of one off the list', async () => {
    const unlisted = await client.checkRequest({ target: 'few', json: get, metadata: { principal: 'new' } });
    assert.deepEqual(unlisted.error?.code, 'INVALID');
    assert.match(unlisted.error?.reason ?? '', /see tools\/list/);
    const shown = await list('few', 'few');
    assert.deepEqual(Object(shown).result, { tools: [tools.tools[0]] });
    const off = await call('few', 'few', { params: { name: 'put', arguments: { id: 1 } } });
    assert.match(Object(off).error.reason, /the server has no tool "put"/);
  });
});

suite('the labels of an agent behind agentgateway', () => {
  test('go with its principal and run, from server to server, and are nobody else’s', async () => {
    assert.deepEqual(await call('letters', 'tainted'), { result: hello });
    assert.deepEqual(await call('taints', 'tainted'), { result: hello });
    assert.deepEqual(Object(await call('letters', 'tainted')).error.data, denied('WRITE_SECRECY'));
    assert.deepEqual(await call('letters', 'clean'), { result: hello });
    const other = {
      target: 'letters',
      method: 'tools/call',
      params: get,
      principal: 'tainted',
      run: 'other',
    };
    assert.deepEqual(await client.through(other, () => hello), { result: hello });
  });

  test('are those that it has on the gateway’s other ways', async () => {
    const asAnonymous = await gateway.call('taints', 'get');
    assert.equal(asAnonymous.isError, undefined);
    assert.deepEqual(Object(await call('letters', 'anonymous')).error.data, denied('WRITE_SECRECY'));
  });

  test('keep even a list from a server that they may not be sent to', async () => {
    assert.ok('result' in (await list('bounded', 'confined')));
    await call('taints', 'confined');
    assert.deepEqual(Object(await list('bounded', 'confined')).error.data, denied('AUDIENCE'));
  });
});

suite('a response', () => {
  const metadata = { principal: 'order' };
  /** A request that was let through. */
  async function passed(target = 'open'): Promise<string> {
    await list(target, 'order');
    const { call } = await client.checkRequest({ target, json: get, metadata });
    assert.ok(call);
    return call;
  }
  const isRefused = async (question: Parameters<GuardrailClient['checkResponse']>[0]) => {
    const { result, error } = await client.checkResponse({ target: 'open', json: hello, ...question });
    assert.equal(result, 'error');
    assert.match(error?.reason ?? '', /belongs to no request that was let through/);
    assert.equal(error?.code, 'PERMISSION_DENIED');
  };

  test('without its request is refused', async () => {
    await isRefused({ metadata });
    await isRefused({ metadata: { ...metadata, sluiceCall: 'guessed' } });
    await isRefused({ metadata: { ...metadata, sluiceCall: 1 } });
  });

  test('counts once', async () => {
    const named = { ...metadata, sluiceCall: await passed() };
    assert.equal(
      (await client.checkResponse({ target: 'open', json: hello, metadata: named })).result,
      'pass',
    );
    await isRefused({ metadata: named });
  });

  test('of another target, method, principal or run is refused, and so is the right one after it', async () => {
    for (const wrong of [
      { target: 'house' },
      { method: 'resources/read' },
      { principal: 'mallory' },
      { run: 'other' },
    ]) {
      const sluiceCall = await passed();
      const { target = 'open', method = 'tools/call', ...agent } = wrong as Record<string, string>;
      await isRefused({ target, method, metadata: { ...metadata, ...agent, sluiceCall } });
      await isRefused({ metadata: { ...metadata, sluiceCall } });
    }
  });

  test('that comes in another order than its request finds its own', async () => {
    const [first, second] = [await passed('lists'), await passed('open')];
    const answer = (target: string, sluiceCall: string) =>
      client.checkResponse({
        target,
        json: { content: [{ type: 'text', text: '[1,2]' }] },
        metadata: { ...metadata, sluiceCall },
      });
    assert.equal((await answer('open', second)).result, 'pass');
    assert.equal((await answer('lists', first)).result, 'mutated');
  });

  test('that comes after the time of its call is refused', async () => {
    const sluiceCall = await passed('brief');
    await gateway.logged('the call did not end within 500 ms');
    await isRefused({ target: 'brief', metadata: { ...metadata, sluiceCall } });
  });

  test('that is no JSON, no UTF-8 or no tool result is not delivered', async () => {
    for (const json of ['{"content":', '[]', '']) {
      const sluiceCall = await passed('lists');
      const question = { target: 'lists', json, metadata: { ...metadata, sluiceCall } };
      const { result, mutated } = await client.checkResponse(question);
      assert.equal(result, 'mutated');
      assert.equal(Object(mutated).isError, true);
    }
  });

  test('above the limit is refused, and the gateway goes on', async () => {
    const sluiceCall = await passed();
    const json = `{"content":[{"type":"text","text":"${'x'.repeat(33 * 1024 * 1024)}"}]}`;
    const named = { ...metadata, sluiceCall };
    const { error } = await client.checkResponse({ target: 'open', json, metadata: named });
    assert.match(error?.reason ?? '', /larger than 33554432 bytes/);
    await isRefused({ metadata: named });
    const large = await client.checkRequest({ target: 'open', json, metadata });
    assert.match(large.error?.reason ?? '', /larger than 33554432 bytes/);
    await passed();
  });
});

suite('a question of agentgateway’s', () => {
  const refusals: readonly (readonly [what: string, question: object, words: RegExp])[] = [
    ['that names nobody', { metadata: {} }, /nobody is named: .* as the metadata principal/],
    ['whose principal is no text', { metadata: { principal: 1 } }, /nobody is named/],
    ['whose run is no word', { metadata: { principal: 'a', run: 'two words' } }, /the metadata run must be/],
    ['about no server of ours', { target: 'elsewhere' }, /"elsewhere" is no server of Sluice/],
    ['about several targets', { target: ['open', 'few'] }, /several targets are asked at once/],
    ['about no target', { target: [] }, /names no target/],
    ['about no method', { method: '' }, /names no method/],
    ['about params that are no object', { json: '[]' }, /must be an object/],
    ['about params that are no JSON', { json: '{' }, /no JSON/],
    ['about a subscription', { method: 'resources/subscribe', json: {} }, /not possible behind agentgateway/],
  ];
  for (const [what, question, words] of refusals) {
    test(`${what} is refused with a sentence`, async () => {
      const { result, error } = await client.checkRequest({ target: 'open', json: get, ...question });
      assert.deepEqual([result, error?.code], ['error', 'INVALID']);
      assert.match(error?.reason ?? '', words);
    });
  }

  test('about a resource or a list is judged by the method’s name, and delivered whole or not', async () => {
    const read = (target: string) =>
      client.through(
        { target, method: 'resources/read', params: { uri: 'x:y' }, principal: 'resources' },
        () => ({ contents: [{ uri: 'x:y', text: 'z' }] }),
      );
    assert.ok('result' in (await read('open')));
    assert.deepEqual(Object(await read('house')).error.data, denied('READ_SECRECY'));
    const listed = await client.through(
      { target: 'house', method: 'prompts/list', principal: 'resources' },
      () => ({ prompts: [] }),
    );
    assert.deepEqual(Object(listed).error.data, denied('READ_SECRECY'));
  });

  test('about initialize and ping is answered as on the gateway’s other ways', async () => {
    const welcome = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      serverInfo: { name: 'x', version: '1' },
    };
    const initialize = { target: 'open', method: 'initialize', principal: 'init' };
    assert.deepEqual(await client.through(initialize, () => welcome), { result: welcome });
    const clientInfo = { name: 'c', version: '2' };
    const params = { protocolVersion: '2025-11-25', capabilities: { roots: {} }, clientInfo };
    for (const method of ['initialize', 'server/discover']) {
      const sent: unknown[] = [];
      const answered = await client.through({ ...initialize, method, params }, (given) => {
        sent.push(given);
        return welcome;
      });
      assert.deepEqual([answered, sent], [{ result: welcome }, [params]]);
    }
    const ping = { target: 'open', method: 'ping', principal: 'init' };
    assert.deepEqual(await client.through(ping, () => ({ told: 'something' })), { result: {} });
    // Nobody judges what is in it.
    const telling = { method: 'ping', json: { _meta: { 'x/note': 'the secret is 42' } } };
    const { result, mutated } = await client.checkRequest({ ...telling, target: 'open' });
    assert.deepEqual([result, mutated], ['mutated', {}]);
    const { error } = await client.checkRequest({ ...telling, target: 'elsewhere' });
    assert.match(error?.reason ?? '', /"elsewhere" is no server of Sluice/);
  });

  test('above so many of one principal at once is refused until there is room', async () => {
    await list('open', 'greedy');
    const metadata = { principal: 'greedy' };
    const ask = () => client.checkRequest({ target: 'open', json: get, metadata });
    const calls = await Promise.all(Array.from({ length: 100 }, ask));
    assert.ok(calls.every(({ result }) => result === 'pass'));
    const { error } = await ask();
    assert.deepEqual([error?.code, error?.data], ['RESOURCE_EXHAUSTED', failed('QUEUE_FULL')]);
    const named = { ...metadata, sluiceCall: calls[0]?.call };
    await client.checkResponse({ target: 'open', json: hello, metadata: named });
    assert.equal((await ask()).result, 'pass');
  });
});

suite('a sidecar that is killed', () => {
  test('denies requests, and responses that are on their way', async () => {
    await using sidecar = await RunningSidecar.start({ scripted: scriptedGuard });
    await using own = await RunningGateway.start({
      gateway: { extMcp: { listen: '127.0.0.1:0' }, sidecar: sidecar.address, toolTimeout: 5 },
      mcpServers: { open: server('killed', script({})) },
      guards: { scripted: scriptedGuard },
    });
    using asking = await GuardrailClient.of(own);
    const agent = { principal: 'alice', target: 'open' };
    await asking.through({ ...agent, method: 'tools/list' }, () => tools);
    const { call } = await asking.checkRequest({ target: 'open', json: get });
    assert.ok(call);
    await sidecar.stop('SIGKILL');
    const metadata = { principal: 'alice', sluiceCall: call };
    const { mutated } = await asking.checkResponse({ target: 'open', json: hello, metadata });
    assert.match(outcomeOf(mutated as ToolResult), /^failed/);
    const { result, error } = await asking.checkRequest({ target: 'open', json: get });
    assert.equal(result, 'error');
    assert.equal(Object(error?.data)['sluice.dev/outcome'], 'failed');
    const late = { target: 'open', method: 'tools/list', metadata: { principal: 'late' } };
    const list = await asking.checkRequest(late);
    assert.deepEqual([list.error?.code, list.error?.data], ['UNKNOWN', failed('GUARD_UNAVAILABLE')]);
  });
});
