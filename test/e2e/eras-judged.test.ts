/** What is judged between the eras: one agent over both, and nothing that goes around its guard. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ResultSchema as anything } from '@modelcontextprotocol/sdk/types.js';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { handMadeModern, type ModernScene, tell } from '../harness/hand-made-modern.ts';
import type { HandMadeServer } from '../harness/hand-made-server.ts';
import { ModernClient } from '../harness/modern-client.ts';
import { RecordingClient } from '../harness/recording-client.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { outcomeOf } from '../harness/tool-result.ts';

const parts = new AsyncDisposableStack();
let gateway: RunningGateway;
let server: HandMadeServer;
/** What the server does at the moment. */
let scene: ModernScene = () => undefined;

const secret = { secrecy: ['house'] };
const scripted = (policy: object) => ({ guard: 'scripted', 'guard-policies': policy });

before(async () => {
  server = parts.use(await handMadeModern((asked) => scene(asked)));
  const made = (settings: object) => ({ type: 'http', url: server.url, ...settings });
  gateway = parts.use(
    await RunningGateway.start({
      guards: { scripted: scriptedGuard },
      mcpServers: {
        secrets: made(scripted(script({ mode: 'propagate', resource: secret }))),
        withheld: made(scripted(script({ resource: secret }))),
        open: made(scripted(script({}))),
        bounded: made({ audience: [], ...scripted(script({})) }),
        sink: made({ 'guard-policies': { 'write-sink': { accept: ['*'], 'sink-visibility': 'public' } } }),
        plain: made({}),
        listed: made({ tools: ['other'] }),
      },
    }),
  );
  await gateway.ready();
});
after(() => parts.disposeAsync());

const modern = (name: string, run: string) => new ModernClient(`${gateway.url}/mcp/${name}`, { run });
const text = (words: string) => ({ content: [{ type: 'text', text: words }] });
const outcome = async (name: string, run: string) => outcomeOf(Object(await modern(name, run).call('do')));
/** What has reached the server, since so many requests. */
const sentSince = (count: number) =>
  server.arrivals.slice(count).map(({ body, headers }) => body + JSON.stringify(headers));

suite('an agent', () => {
  test('that was tainted by a request without a session is so in its sessions', async () => {
    scene = ({ method }) => (method === 'tools/call' ? text('x') : undefined);
    assert.equal(await outcome('sink', 'to-legacy'), 'result');
    assert.equal(await outcome('secrets', 'to-legacy'), 'result');
    assert.equal(outcomeOf(await gateway.call('sink', 'do', { run: 'to-legacy' })), 'denied WRITE_SECRECY');
  });

  test('that was tainted in a session is so in its requests without one', async () => {
    scene = ({ method }) => (method === 'tools/call' ? text('x') : undefined);
    assert.equal(outcomeOf(await gateway.call('secrets', 'do', { run: 'to-modern' })), 'result');
    assert.equal(await outcome('sink', 'to-modern'), 'denied WRITE_SECRECY');
  });
});

suite('what an agent is told', () => {
  test('says that it is a complete result where it is denied, and where it failed', async () => {
    scene = ({ method }) => (method === 'tools/call' ? text('x') : undefined);
    const denied = await modern('withheld', 'told').call('do');
    assert.equal(outcomeOf(Object(denied)), 'denied READ_SECRECY');
    assert.equal(denied?.resultType, 'complete');
    scene = ({ method }) => (method === 'tools/call' ? { error: { code: -32603, message: 'x' } } : undefined);
    const failed = await modern('open', 'told').call('do');
    assert.equal(outcomeOf(Object(failed)), 'failed BACKEND_ERROR');
    assert.equal(failed?.resultType, 'complete');
  });

  test('is nothing of a protocol error that it may not read', async () => {
    scene = ({ method }) =>
      method === 'tools/call' ? { error: { code: -32602, message: 'no such house' } } : undefined;
    const open = await modern('open', 'errors').ask('tools/call', { name: 'do' });
    assert.match(JSON.stringify(open.answer), /no such house/);
    const withheld = await modern('withheld', 'errors').ask('tools/call', { name: 'do' });
    assert.doesNotMatch(JSON.stringify(withheld.answer), /no such house/);
    await using recording = await RecordingClient.open({ url: `${gateway.url}/mcp/withheld`, run: 'errors' });
    const { message } = await recording.client.readResource({ uri: 'a:b' }).catch((error) => error);
    assert.doesNotMatch(String(message), /no such house/);
  });

  test('is nothing of the input that a server requires, where it may not read that', async () => {
    const elicit = { method: 'elicitation/create', params: { message: 'the house is red' } };
    scene = ({ method }) =>
      method === 'tools/call' ? { resultType: 'input_required', inputRequests: { a: elicit } } : undefined;
    const denied = await modern('withheld', 'input').call('do');
    assert.equal(outcomeOf(Object(denied)), 'denied READ_SECRECY');
    assert.doesNotMatch(JSON.stringify(denied), /red/);
    let isAsked = false;
    await using recording = await RecordingClient.open({
      url: `${gateway.url}/mcp/withheld`,
      run: 'input',
      capabilities: { elicitation: {} },
      answer: async () => {
        isAsked = true;
        return { action: 'accept', content: {} };
      },
    });
    assert.doesNotMatch(await recording.text('do'), /red/);
    assert.equal(isAsked, false);
  });

  test('is nothing of what changes, where it may not read that', async () => {
    scene = (asked) => {
      if (asked.method !== 'subscriptions/listen') return undefined;
      const _meta = { 'io.modelcontextprotocol/subscriptionId': asked.id };
      tell(asked, {
        method: 'notifications/subscriptions/acknowledged',
        params: { _meta, notifications: {} },
      });
      tell(asked, { method: 'notifications/resources/updated', params: { _meta, uri: 'house://secret' } });
      return tell(asked, { method: 'notifications/tools/list_changed', params: { _meta } });
    };
    const { answer } = await modern('withheld', 'listens').ask('subscriptions/listen', { notifications: {} });
    assert.equal(Object(answer.error?.data)['sluice.dev/outcome'], 'denied');
    await using open = await modern('open', 'listens').open(
      'subscriptions/listen',
      { notifications: {} },
      { id: 'mine' },
    );
    const told = [await open.next(), await open.next(), await open.next()];
    assert.deepEqual(
      told.map(({ method, params }) => [method, params?._meta?.['io.modelcontextprotocol/subscriptionId']]),
      [
        ['notifications/subscriptions/acknowledged', 'mine'],
        ['notifications/resources/updated', 'mine'],
        ['notifications/tools/list_changed', 'mine'],
      ],
    );
  });

  test('is for nobody else, whatever the server says of who may keep it', async () => {
    scene = ({ method }) =>
      method === 'resources/list' ? { resources: [], ttlMs: 1_000, cacheScope: 'public' } : undefined;
    const scopeOf = async (name: string) =>
      (await modern(name, 'kept').ask('resources/list')).answer.result?.cacheScope;
    assert.equal(await scopeOf('open'), 'private');
    assert.equal(await scopeOf('plain'), 'public');
  });
});

suite('an agent that carries what a server may not be sent', () => {
  const words = 'a-word-of-the-house';
  const taint = async (run: string) => {
    scene = ({ method }) => (method === 'tools/call' ? text('x') : undefined);
    assert.equal(await outcome('secrets', run), 'result');
  };

  test('says nothing to it with what is asked before any guard, nor with what it says of itself', async () => {
    const run = 'confined';
    await taint(run);
    const count = server.arrivals.length;
    const client = modern('bounded', run);
    const asking = { meta: { 'io.modelcontextprotocol/clientInfo': { name: words, version: '1' }, words } };
    assert.ok((await client.ask('tools/list', { words }, asking)).answer.result?.tools);
    assert.ok((await client.ask('server/discover', { words }, asking)).answer.result?.capabilities);
    assert.equal((await client.ask('tools/call', { name: words }, asking)).answer.error?.code, -32602);
    assert.equal((await client.ask('tools/list', { cursor: words }, asking)).answer.error?.code, -32603);
    assert.equal((await client.ask('resources/list', { words }, asking)).answer.error?.code, -32603);
    await using session = await RecordingClient.open({ url: `${gateway.url}/mcp/bounded`, run });
    await assert.rejects(session.client.listTools({ cursor: words }), { code: -32603 });
    await session.client.request({ method: 'tools/list', params: { words } }, anything);
    assert.ok(server.arrivals.length > count);
    assert.deepEqual(
      sentSince(count).filter((sent) => sent.includes(words)),
      [],
    );
  });

  test('does not answer what the server has asked its client for, in a call or in any other request', async () => {
    const run = 'answering';
    await taint(run);
    const count = server.arrivals.length;
    const client = modern('open', run);
    const more = { inputResponses: { a: { action: 'accept', content: { words } } }, requestState: 's' };
    const called = await client.call('do', {}, { more });
    assert.equal(outcomeOf(Object(called)), 'denied WRITE_SECRECY');
    const got = await client.ask('prompts/get', { name: 'p', ...more });
    assert.deepEqual(got.answer.error?.data, {
      'sluice.dev/outcome': 'denied',
      'sluice.dev/reason': 'WRITE_SECRECY',
    });
    assert.deepEqual(
      sentSince(count).filter((sent) => sent.includes(words)),
      [],
    );
    const untainted = await modern('open', 'clean').call('do', {}, { more });
    assert.equal(outcomeOf(Object(untainted)), 'result');
  });
});

test('a header tells nothing of a tool that is not offered', async () => {
  const properties = { region: { type: 'string', 'x-mcp-header': 'Region' } };
  const tools = [{ name: 'hidden', inputSchema: { type: 'object', properties } }];
  scene = ({ method }) => (method === 'tools/list' ? { tools } : undefined);
  const told = async (name: string) => {
    const params = { name, arguments: { region: 'eu' } };
    const headers = { 'mcp-param-region': 'us' };
    return (await modern('listed', 'headers').ask('tools/call', params, { headers })).answer.error;
  };
  assert.deepEqual({ ...(await told('hidden')), message: '' }, { ...(await told('absent')), message: '' });
});
