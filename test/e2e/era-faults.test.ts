/** Servers of either era that come, go, come back as another, or do what none should. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { RunningFixture } from '../conformance/running-fixture.ts';
import { handMadeModern, tell } from '../harness/hand-made-modern.ts';
import { HandMadeServer } from '../harness/hand-made-server.ts';
import { ModernClient } from '../harness/modern-client.ts';
import { RecordingClient } from '../harness/recording-client.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { outcomeOf } from '../harness/tool-result.ts';

const text = (words: string) => ({ content: [{ type: 'text', text: words }] });
const fixtureText = 'This is a simple text response for testing.';
/** What is said the second time where it is not as it should be the first time. */
const soon = async (say: () => Promise<string>, meant: string) =>
  (await say().catch(String)) === meant ? meant : say();
const gatewayBefore = (url: string, more: object = {}) =>
  RunningGateway.start({ mcpServers: { one: { type: 'http', url, ...more } } });
const portOf = (url: string) => Number(new URL(url).port);

suite('a server that comes back as one of the other era', () => {
  for (const [first, second] of [
    ['legacy', 'modern'],
    ['modern', 'legacy'],
  ] as const)
    test(`is found again by clients of both eras: ${first}, then ${second}`, async () => {
      await using parts = new AsyncDisposableStack();
      const before = await RunningFixture.start(first);
      const gateway = parts.use(await gatewayBefore(before.url));
      const url = `${gateway.url}/mcp/one`;
      const modern = new ModernClient(url);
      const legacy = parts.use(await RecordingClient.open({ url }));
      assert.equal(outcomeOf(Object(await modern.call('test_simple_text'))), 'result');
      assert.match(await legacy.text('test_simple_text'), /simple text/);
      await before[Symbol.asyncDispose]();
      parts.use(await RunningFixture.start(second, portOf(before.url)));
      // Those under way when it went, or that meet it as what it was, fail; none after that.
      const called = async () => outcomeOf(Object(await modern.call('test_simple_text')));
      assert.equal(await soon(called, 'result'), 'result');
      assert.match(await soon(() => legacy.text('test_simple_text'), fixtureText), /simple text/);
      await legacy.got(({ method }) => method === 'notifications/tools/list_changed');
    });
});

suite('a server that is away at first', () => {
  for (const era of ['legacy', 'modern'] as const)
    test(`has tools, fails calls with a reason, and is there when it comes: ${era}`, async () => {
      await using parts = new AsyncDisposableStack();
      const free = await HandMadeServer.start(() => undefined);
      const { url } = free;
      await free[Symbol.asyncDispose]();
      const gateway = parts.use(await gatewayBefore(url, { connectTimeout: 1 }));
      const client = new ModernClient(`${gateway.url}/mcp/one`);
      const { answer } = await client.ask('server/discover');
      assert.deepEqual(answer.result?.capabilities, { tools: {} });
      assert.equal(answer.result?.resultType, 'complete');
      assert.equal(outcomeOf(Object(await client.call('test_simple_text'))), 'failed BACKEND_UNAVAILABLE');
      const listed = await client.ask('tools/list');
      assert.equal(Object(listed.answer.error?.data)['sluice.dev/reason'], 'BACKEND_UNAVAILABLE');
      parts.use(await RunningFixture.start(era, portOf(url)));
      assert.equal(outcomeOf(Object(await client.call('test_simple_text'))), 'result');
      assert.doesNotMatch(gateway.log, /internal error/);
    });
});

suite('a client that closes its connection', () => {
  test('cancels its request at a server of its era', async () => {
    await using parts = new AsyncDisposableStack();
    const server = parts.use(
      await handMadeModern((asked) =>
        asked.method === 'tools/call'
          ? tell(asked, {
              method: 'notifications/progress',
              params: { progressToken: 't', progress: 1 },
            })
          : undefined,
      ),
    );
    const gateway = parts.use(await gatewayBefore(server.url));
    const client = new ModernClient(`${gateway.url}/mcp/one`);
    const open = await client.open('tools/call', { name: 'do' }, { meta: { progressToken: 't' } });
    assert.equal((await open.next()).params?.progress, 1);
    const { response } = await server.arrived(({ body }) => body.includes('"tools/call"'));
    const closed = once(response, 'close');
    await open[Symbol.asyncDispose]();
    await closed;
    await gateway.logged('CANCELLED');
    assert.doesNotMatch(gateway.log, /internal error/);
  });

  test('while its server is asked for its era does not spoil that for others', async () => {
    await using parts = new AsyncDisposableStack();
    const held = Promise.withResolvers<void>();
    const discovered = Promise.withResolvers<void>();
    const server = parts.use(
      await handMadeModern((asked) => {
        if (asked.method === 'tools/call') return text('x');
        if (asked.method !== 'server/discover') return undefined;
        discovered.resolve();
        asked.arrival.response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
        void held.promise.then(() => {
          const result = { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: {} };
          asked.arrival.response.end(JSON.stringify({ jsonrpc: '2.0', id: asked.id, result }));
        });
        return undefined;
      }),
    );
    const gateway = parts.use(await gatewayBefore(server.url));
    const client = new ModernClient(`${gateway.url}/mcp/one`);
    const leaving = new AbortController();
    const left = fetch(`${gateway.url}/mcp/one`, {
      method: 'POST',
      signal: leaving.signal,
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/list',
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/list',
        params: {
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      }),
    });
    await discovered.promise;
    leaving.abort();
    await assert.rejects(left);
    const called = client.call('do');
    held.resolve();
    assert.equal(outcomeOf(Object(await called)), 'result');
  });
});

suite('a server that requires input again and again', () => {
  test('is answered ten times for a client with a session, and then the call fails', async () => {
    await using parts = new AsyncDisposableStack();
    let rounds = 0;
    const states: unknown[] = [];
    const inputRequests = { a: { method: 'roots/list' } };
    const server = parts.use(
      await handMadeModern(({ method, params }) => {
        if (method !== 'tools/call') return undefined;
        states.push(params.requestState);
        rounds++;
        return { resultType: 'input_required', inputRequests, requestState: `"${rounds}\u00e9` };
      }),
    );
    const gateway = parts.use(await gatewayBefore(server.url));
    const recording = parts.use(
      await RecordingClient.open({
        url: `${gateway.url}/mcp/one`,
        capabilities: { roots: {} },
        answer: async () => ({ roots: [] }),
      }),
    );
    const result = await recording.client.callTool({ name: 'do' });
    assert.equal(outcomeOf(Object(result)), 'failed BACKEND_ERROR');
    assert.equal(rounds, 10);
    assert.deepEqual(states.slice(0, 3), [undefined, '"1\u00e9', '"2\u00e9']);
  });

  test('is asked no more when the client has cancelled, and the client is told that nobody waits', async () => {
    await using parts = new AsyncDisposableStack();
    const inputRequests = { a: { method: 'roots/list' } };
    const server = parts.use(
      await handMadeModern(({ method }) =>
        method === 'tools/call' ? { resultType: 'input_required', inputRequests } : undefined,
      ),
    );
    const gateway = parts.use(await gatewayBefore(server.url));
    const asked = Promise.withResolvers<void>();
    const recording = parts.use(
      await RecordingClient.open({
        url: `${gateway.url}/mcp/one`,
        capabilities: { roots: {} },
        answer: () => {
          asked.resolve();
          return new Promise(() => undefined);
        },
      }),
    );
    const cancelling = new AbortController();
    const called = recording.client.callTool({ name: 'do' }, undefined, { signal: cancelling.signal });
    await asked.promise;
    cancelling.abort();
    await assert.rejects(called);
    await recording.got(({ method }) => method === 'notifications/cancelled');
  });
});

suite('a server of a later revision, too', () => {
  test('is offered as what both speak', async () => {
    await using parts = new AsyncDisposableStack();
    const supportedVersions = ['2030-01-01', '2026-07-28', '2025-11-25'];
    const server = parts.use(
      await handMadeModern(({ method }) =>
        method === 'server/discover' ? { supportedVersions, capabilities: {} } : undefined,
      ),
    );
    const gateway = parts.use(await gatewayBefore(server.url));
    const { answer } = await new ModernClient(`${gateway.url}/mcp/one`).ask('server/discover');
    assert.deepEqual(answer.result?.supportedVersions, ['2026-07-28', '2025-11-25']);
  });
});
