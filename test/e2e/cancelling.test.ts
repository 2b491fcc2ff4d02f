/** Whoever gives up a call gives up all of it: the labeling down to the guest, and the backend's work. */
import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { type Scene, type Script, ScriptedBackends } from '../harness/scripted-backend.ts';
import { callTool, outcomeOf } from '../harness/tool-result.ts';
import { begin, rawRequest, rpc } from './raw-request.ts';

const hello: Script = { result: { content: [{ type: 'text', text: 'hello' }] } };
const publicRead: Script = { result: { content: [], resource: {}, operation: 'read' } };
const silence: Script = { error: { transport: 'timeout' } };

let backends: ScriptedBackends;
let gateway: RunningGateway;
/** What these tools do at the moment; they answer where nothing is said. */
const scenes = new Map<string, Scene>();

/** A server with the tools `get`, which only reads, and `wait`. */
function server(name: string, settings: object): object {
  const get = { name: 'get', script: play(`${name} get`, publicRead), annotations: { readOnlyHint: true } };
  const wait = { name: 'wait', script: play(`${name} wait`, hello) };
  return { type: 'http', url: backends.add(`/${name}`, [get, wait]), ...settings };
}

function play(scene: string, usually: Script): Scene {
  return (args) => scenes.get(scene)?.(args) ?? usually;
}

before(async () => {
  backends = await ScriptedBackends.start();
  const guarded = { guard: 'scripted', 'guard-policies': script({}) };
  gateway = await RunningGateway.start({
    guards: { scripted: scriptedGuard },
    guests: { 'calls-backend': {} },
    mcpServers: {
      patient: server('patient', guarded),
      hurried: server('hurried', { ...guarded, toolTimeout: 1 }),
      'hurried-writer': server('hurried-writer', {
        guard: 'scripted',
        'guard-policies': script({ operation: 'write' }),
        toolTimeout: 1,
      }),
      asking: server('asking', { guard: 'calls-backend' }),
      'asking-hurried': server('asking-hurried', { guard: 'calls-backend', toolTimeout: 1 }),
      dying: server('dying', guarded),
    },
  });
  await gateway.ready();
  // Guards are open from here on: what takes its time later is what a test holds back.
  for (const name of ['hurried', 'hurried-writer', 'asking-hurried']) await gateway.call(name, 'get');
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});
afterEach(() => scenes.clear());

/** Starts a call and, once the backend has it, has the client cancel it in these words. */
async function cancelled(name: string, { tool, run }: { tool: string; run: string }): Promise<void> {
  scenes.set(`${name} ${tool}`, () => silence);
  const client = await gateway.connect(name, { run });
  const ending = new AbortController();
  const calling = callTool(client, 'wait', {}, { signal: ending.signal });
  await backends.called(`/${name}`, tool);
  ending.abort('the secret is 42');
  await assert.rejects(calling);
  scenes.clear();
}

suite('a call that the client cancels', () => {
  test('is cancelled at the backend, which is not told the words of the agent', async () => {
    await cancelled('patient', { tool: 'wait', run: 'a' });
    assert.equal(await backends.cancelled('/patient'), 'nobody waits for the answer any more');
    assert.doesNotMatch(JSON.stringify(backends.messages.get('/patient')), /secret/);
    await gateway.logged('"server":"patient","tool":"wait","reason":"CANCELLED"');
  });

  test('while it is labelled, unwinds the guest that waits for the backend, and the guard lives on', async () => {
    const guards = await gateway.guardPids();
    await cancelled('asking', { tool: 'get', run: 'a' });
    assert.equal(await backends.cancelled('/asking'), 'nobody waits for the answer any more');
    await gateway.logged('"server":"asking","tool":"wait","reason":"CANCELLED"');
    for (const run of ['a', 'b'])
      assert.equal(outcomeOf(await gateway.call('asking', 'wait', { run })), 'result');
    assert.deepEqual(await gateway.guardPids(), guards);
    assert.deepEqual(backends.calls.get('/asking')?.filter((tool) => tool === 'wait').length, 2);
  });

  test('has its response ended: it would stay open as long as the session', async () => {
    scenes.set('patient wait', () => silence);
    const path = '/mcp/patient';
    const session = { 'mcp-session-id': await begin(gateway.port, path) };
    const before = backends.calls.get('/patient')?.length ?? 0;
    const calling = rawRequest(gateway.port, {
      path,
      headers: session,
      body: rpc('tools/call', { name: 'wait' }, 5),
    });
    await backends.called('/patient', 'wait', before + 1);
    const { id: _, ...notification } = JSON.parse(rpc('notifications/cancelled', { requestId: 5 }));
    await rawRequest(gateway.port, { path, headers: session, body: JSON.stringify(notification) });
    assert.deepEqual((await calling).body, '');
    scenes.clear();
    const again = await rawRequest(gateway.port, {
      path,
      headers: session,
      body: rpc('tools/call', { name: 'wait' }, 5),
    });
    assert.match(again.body, /hello/);
  });

  test('by ending the session, is cancelled at the backend as well', async () => {
    scenes.set('dying wait', () => silence);
    const path = '/mcp/dying';
    const headers = { 'mcp-session-id': await begin(gateway.port, path) };
    const calling = rawRequest(gateway.port, { path, headers, body: rpc('tools/call', { name: 'wait' }) });
    await backends.called('/dying', 'wait');
    await rawRequest(gateway.port, { method: 'DELETE', path, headers });
    await backends.cancelled('/dying');
    const { status, body } = await calling;
    assert.deepEqual([status, JSON.parse(body).error.code], [404, -32001]);
  });
});

suite('a call that takes longer than toolTimeout', () => {
  test('fails with DEADLINE_EXCEEDED, and the backend is told', async () => {
    scenes.set('hurried wait', () => silence);
    const result = await gateway.call('hurried', 'wait');
    assert.equal(outcomeOf(result), 'failed DEADLINE_EXCEEDED');
    assert.doesNotMatch(JSON.stringify(result), /may have done its work/);
    assert.equal(await backends.cancelled('/hurried'), 'nobody waits for the answer any more');
    scenes.clear();
    assert.equal(outcomeOf(await gateway.call('hurried', 'wait')), 'result');
  });

  test('and writes, says that it may have done its work', async () => {
    scenes.set('hurried-writer wait', () => silence);
    const result = await gateway.call('hurried-writer', 'wait');
    assert.equal(outcomeOf(result), 'failed DEADLINE_EXCEEDED');
    assert.match(JSON.stringify(result), /may have done its work, so check/);
  });

  test('while it is labelled, is cancelled down to the guest, and the next call works', async () => {
    scenes.set('asking-hurried get', () => silence);
    assert.equal(outcomeOf(await gateway.call('asking-hurried', 'wait')), 'failed DEADLINE_EXCEEDED');
    await backends.cancelled('/asking-hurried');
    scenes.clear();
    assert.equal(outcomeOf(await gateway.call('asking-hurried', 'wait')), 'result');
  });
});
