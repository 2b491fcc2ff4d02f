/** Resources, prompts and completions: they tell something, so they are judged as tool calls are. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type McpError, ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { RunningFixture } from '../conformance/running-fixture.ts';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { outcomeOf } from '../harness/tool-result.ts';

const requests: readonly (readonly [method: string, params: Record<string, unknown>])[] = [
  ['resources/list', {}],
  ['resources/templates/list', {}],
  ['resources/read', { uri: 'test://static-text' }],
  ['prompts/list', {}],
  ['prompts/get', { name: 'test_simple_prompt' }],
  [
    'completion/complete',
    {
      ref: { type: 'ref/prompt', name: 'test_prompt_with_arguments' },
      argument: { name: 'arg1', value: 'te' },
    },
  ],
];

let fixture: RunningFixture;
before(async () => {
  fixture = await RunningFixture.start('legacy');
});
after(() => fixture[Symbol.asyncDispose]());

function gatewayWith(policy?: object): Promise<RunningGateway> {
  const guard = policy === undefined ? {} : { guard: 'scripted', 'guard-policies': policy };
  return RunningGateway.start({
    guards: { scripted: scriptedGuard },
    mcpServers: { fixture: { type: 'http', url: fixture.url, ...guard } },
  });
}

async function direct(): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(fixture.url)) as Transport);
  return client;
}

function ask(client: Client, [method, params]: (typeof requests)[number]) {
  return client.request({ method, params }, ResultSchema);
}

suite('of an unguarded server', () => {
  let gateway: RunningGateway;
  let through: Client;
  let beside: Client;
  before(async () => {
    gateway = await gatewayWith();
    [through, beside] = [await gateway.connect('fixture'), await direct()];
  });
  after(async () => {
    await beside.close();
    await gateway[Symbol.asyncDispose]();
  });

  for (const request of requests) {
    test(`${request[0]} is answered as without the gateway`, async () => {
      assert.deepEqual(await ask(through, request), await ask(beside, request));
    });
  }

  test('errors are its own', async () => {
    const missing = ['resources/read', { uri: 'test://nowhere' }] as const;
    const errorOf = (client: Client) =>
      ask(client, missing).then(
        () => assert.fail(),
        (error: McpError) => error,
      );
    const [own, passed] = [await errorOf(beside), await errorOf(through)];
    assert.deepEqual([passed.code, passed.message, passed.data], [own.code, own.message, own.data]);
  });

  test('what it offers is offered', () => {
    assert.deepEqual(through.getServerCapabilities(), beside.getServerCapabilities());
    assert.ok(through.getServerCapabilities()?.logging);
  });
});

suite('of a guarded server', () => {
  for (const request of requests) {
    const [method] = request;

    test(`${method} is denied where the agent may not read it, and nothing of it is told`, async () => {
      await using gateway = await gatewayWith(script({ mode: 'filter', resource: { secrecy: ['house'] } }));
      const client = await gateway.connect('fixture');
      await assert.rejects(ask(client, request), (error: McpError) => {
        assert.match(error.message, /Denied: this is more secret than what you may read/);
        assert.deepEqual(error.data, {
          'sluice.dev/outcome': 'denied',
          'sluice.dev/reason': 'READ_SECRECY',
        });
        return true;
      });
    });
  }

  test('taint an agent in propagate mode, so that it may not write elsewhere', async () => {
    const secret = script({ mode: 'propagate', resource: { secrecy: ['house'] } });
    await using gateway = await RunningGateway.start({
      guards: { scripted: scriptedGuard },
      mcpServers: {
        fixture: { type: 'http', url: fixture.url, guard: 'scripted', 'guard-policies': secret },
        letters: {
          type: 'http',
          url: fixture.url,
          guard: 'scripted',
          'guard-policies': script({ operation: 'write' }),
        },
      },
    });
    assert.equal(outcomeOf(await gateway.call('letters', 'test_simple_text')), 'result');
    const client = await gateway.connect('fixture');
    const { contents } = await ask(client, ['resources/read', { uri: 'test://static-text' }]);
    assert.ok(Array.isArray(contents) && contents.length === 1);
    assert.equal(outcomeOf(await gateway.call('letters', 'test_simple_text')), 'denied WRITE_SECRECY');
  });

  test('are denied as a whole where a part may not be read', async () => {
    const response = {
      labeled_paths: [{ path: '/contents/0', labels: { secrecy: ['house'], integrity: [] } }],
      items_path: '/contents',
    };
    await using gateway = await gatewayWith(script({ mode: 'filter', response }));
    const client = await gateway.connect('fixture');
    await assert.rejects(
      ask(client, ['resources/read', { uri: 'test://static-text' }]),
      (error: McpError) => {
        assert.deepEqual(error.data, {
          'sluice.dev/outcome': 'denied',
          'sluice.dev/reason': 'ITEMS_WITHHELD',
        });
        return true;
      },
    );
  });

  test('fail where the guard fails, or calls a write what only a tool can do', async () => {
    for (const [policy, reason] of [
      [{ ...script({}), labelResource: { fail: 'trap' } }, 'GUARD_TRAPPED'],
      [{ ...script({ operation: 'write' }), labelResponse: { fail: 'trap' } }, 'GUARD_TRAPPED'],
    ] as const) {
      await using gateway = await gatewayWith(policy);
      const client = await gateway.connect('fixture');
      await assert.rejects(
        ask(client, ['prompts/get', { name: 'test_simple_prompt' }]),
        (error: McpError) => {
          assert.deepEqual(error.data, { 'sluice.dev/outcome': 'failed', 'sluice.dev/reason': reason });
          return true;
        },
      );
    }
  });
});
