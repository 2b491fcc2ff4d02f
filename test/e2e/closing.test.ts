/** `POST /close`: who may ask for the end of the gateway, and how it comes. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { RunningGateway } from '../harness/running-gateway.ts';
import { type Script, ScriptedBackends } from '../harness/scripted-backend.ts';
import { begin, initialize, messagesOf, type RawResponse, rawRequest, rpc } from './raw-request.ts';

const alice = 'the-key-of-alice-and-more';
const bob = 'the-key-of-bob-and-nothing';
const publicSink = { 'write-sink': { accept: ['*'], 'sink-visibility': 'public' } };

let backends: ScriptedBackends;
/** Told when a call has arrived at a server; it is answered when the test says so. */
let arrived = Promise.withResolvers<void>();
let released = Promise.withResolvers<Script>();

before(async () => {
  backends = await ScriptedBackends.start();
});
after(() => backends[Symbol.asyncDispose]());

function start(settings: object): Promise<RunningGateway> {
  arrived = Promise.withResolvers();
  released = Promise.withResolvers();
  const waits = () => {
    arrived.resolve();
    return released.promise;
  };
  const url = backends.add('/sink', [{ name: 'wait', script: waits }]);
  const sink = { type: 'http', url, 'guard-policies': publicSink };
  return RunningGateway.start({ gateway: settings, mcpServers: { sink, other: sink } });
}

function ask(gateway: RunningGateway, path: string, key?: string, method = 'POST'): Promise<RawResponse> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const body = method === 'POST' && path.startsWith('/mcp') ? initialize : undefined;
  return rawRequest(gateway.port, { method, path, headers, ...(body !== undefined && { body }) });
}

/** Calls the tool that waits; what the client gets at last. */
async function call(gateway: RunningGateway, key: string): Promise<{ answer: Promise<RawResponse> }> {
  const authorization = `Bearer ${key}`;
  const session = await begin(gateway.port, '/mcp/sink', { authorization });
  const headers = { authorization, 'mcp-session-id': session };
  const body = rpc('tools/call', { name: 'wait', arguments: {} }, 3);
  const answer = rawRequest(gateway.port, { path: '/mcp/sink', headers, body });
  await arrived.promise;
  return { answer };
}

function refusalOf({ status, body }: RawResponse): string {
  return `${status} ${JSON.parse(body).error}`;
}

suite('the end of the gateway', () => {
  test('waits for what is under way, lets nothing new in, and is no failure', async () => {
    await using gateway = await start({ apiKey: alice });
    const { answer } = await call(gateway, alice);
    const closed = await ask(gateway, '/close', alice);
    assert.equal(closed.status, 200);
    const message = 'the gateway ends when the requests that are under way have ended';
    assert.deepEqual(JSON.parse(closed.body), { status: 'closed', message, serversTerminated: 2 });
    assert.equal(refusalOf(await ask(gateway, '/mcp/sink', alice)), '503 shutting_down');
    assert.equal(refusalOf(await ask(gateway, '/mcp/sink', alice, 'GET')), '503 shutting_down');
    assert.equal(refusalOf(await ask(gateway, '/ready', undefined, 'GET')), '503 not_ready');
    assert.equal(refusalOf(await ask(gateway, '/close', alice)), '410 already_closed');
    assert.equal((await ask(gateway, '/health', undefined, 'GET')).status, 200);
    released.resolve({ result: { content: [{ type: 'text', text: 'done' }] } });
    const [result] = messagesOf(await answer);
    assert.deepEqual(result?.result?.content, [{ type: 'text', text: 'done' }]);
    assert.deepEqual(await gateway.exited, { code: 0, signal: null });
  });

  test('waits no longer than its time', async () => {
    await using gateway = await start({ apiKey: alice, shutdownTimeout: 0.05 });
    const { answer } = await call(gateway, alice);
    answer.catch(() => undefined);
    assert.equal((await ask(gateway, '/close', alice)).status, 200);
    assert.deepEqual(await gateway.exited, { code: 0, signal: null });
    await assert.rejects(answer);
  });

  test('does not wait for clients that only listen', async () => {
    await using gateway = await start({ apiKey: alice });
    const authorization = `Bearer ${alice}`;
    const session = await begin(gateway.port, '/mcp/sink', { authorization });
    const headers = { authorization, 'mcp-session-id': session, accept: 'text/event-stream' };
    const stream = await fetch(`${gateway.url}/mcp/sink`, { headers });
    assert.equal(stream.status, 200);
    assert.equal((await ask(gateway, '/close', alice)).status, 200);
    assert.deepEqual(await gateway.exited, { code: 0, signal: null });
    await stream.text().catch(() => undefined);
  });

  test('may be asked for by whoever has the only key where there is no operator, and by no one else', async () => {
    await using gateway = await start({ apiKey: alice });
    assert.equal(refusalOf(await ask(gateway, '/close')), '401 unauthorized');
    assert.equal(refusalOf(await ask(gateway, '/close', bob)), '401 unauthorized');
    const read = await ask(gateway, '/close', alice, 'GET');
    assert.equal(refusalOf(read), '405 method_not_allowed');
    assert.equal(read.headers.allow, 'POST');
    assert.equal((await ask(gateway, '/mcp/sink', alice)).status, 200);
  });

  test('may be asked for by nobody where there are several keys and no operator', async () => {
    await using gateway = await start({ keys: { alice, bob } });
    for (const key of [alice, bob])
      assert.equal(refusalOf(await ask(gateway, '/close', key)), '403 forbidden');
  });

  test('may be asked for by operators only where there are some', async () => {
    await using gateway = await start({ keys: { alice, bob }, operators: ['alice'] });
    assert.equal(refusalOf(await ask(gateway, '/close', bob)), '403 forbidden');
    assert.equal((await ask(gateway, '/close', alice)).status, 200);
    assert.deepEqual(await gateway.exited, { code: 0, signal: null });
  });

  test('may be asked for by everybody on a keyless gateway, but not by pages of strangers', async () => {
    await using gateway = await start({});
    const headers = { origin: 'http://evil.example' };
    const foreign = await rawRequest(gateway.port, { path: '/close', headers });
    assert.equal(refusalOf(foreign), '403 forbidden_origin');
    assert.equal((await ask(gateway, '/close')).status, 200);
    assert.deepEqual(await gateway.exited, { code: 0, signal: null });
  });
});
