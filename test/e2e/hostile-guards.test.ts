/** A guard that misbehaves costs its own server a call, and nobody else anything. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf } from '../harness/tool-result.ts';

/** What becomes of a call, by the guest that labels it. */
const outcomes: Readonly<Record<string, string>> = {
  traps: 'failed GUARD_TRAPPED',
  exits: 'failed GUARD_TRAPPED',
  loops: 'failed BUDGET_EXCEEDED',
  'returns-error': 'failed GUARD_ERROR',
  'answers-garbage': 'failed INVALID_OUTPUT',
  // It is loaded with a memory that the limits do not allow.
  'wants-4-GiB': 'failed GUARD_UNAVAILABLE',
  'calls-backend-10000-times': 'result',
};

/** Small, so that nobody waits. */
const limits = { cpuMs: 100, deadlineMs: 3_000 };
const ownLimits: Readonly<Record<string, object>> = {
  // 9,950 refused calls take some time of their own.
  'calls-backend-10000-times': { cpuMs: 2_000 },
  'calls-backend': { deadlineMs: 1_000 },
};

const deep = `{"content":[{"type":"text","text":"${'['.repeat(200_000)}${']'.repeat(200_000)}"}]}`;
const large = { content: [{ type: 'text', text: 'x'.repeat(8 * 1024 * 1024) }] };
const huge = { content: [{ type: 'text', text: 'x'.repeat(40 * 1024 * 1024) }] };

let backends: ScriptedBackends;
let gateway: RunningGateway;

before(async () => {
  backends = await ScriptedBackends.start();
  const hello = { result: { content: [{ type: 'text', text: 'hello' }] } };
  const tools = [
    { name: 'get', script: hello, annotations: { readOnlyHint: true } },
    { name: 'dig', script: { json: deep } },
    { name: 'fill', script: { result: large } },
    { name: 'flood', script: { result: huge } },
  ];
  const guests = [...Object.keys(outcomes), 'calls-backend'].map((name) => [
    name,
    { limits: { ...limits, ...ownLimits[name] } },
  ]);
  const silent = [
    { name: 'get', script: { error: { transport: 'timeout' } }, annotations: { readOnlyHint: true } },
  ];
  const server = (guard: string, policies?: object) => ({
    type: 'http',
    url: backends.add(`/${guard}`, tools),
    guard,
    ...(policies && { 'guard-policies': policies }),
  });
  const servers = Object.keys(outcomes).map((name) => [name, server(name)]);
  gateway = await RunningGateway.start({
    guards: { scripted: scriptedGuard },
    guests: Object.fromEntries(guests),
    mcpServers: {
      ...Object.fromEntries(servers),
      'calls-backend': { ...server('calls-backend'), url: backends.add('/silent', silent) },
      scripted: server('scripted', script({ response: { labeled_paths: [], default_labels: {} } })),
    },
  });
  await gateway.ready();
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

/** A well-behaved guard answers. */
async function othersAreServed(run: string): Promise<void> {
  assert.equal(outcomeOf(await gateway.call('scripted', 'get', { run })), 'result');
}

suite('a guard that', () => {
  for (const [guest, outcome] of Object.entries(outcomes)) {
    test(`${guest.replaceAll('-', ' ')} ends in "${outcome}", for each agent anew, and others are served`, async () => {
      for (const run of ['one', 'two']) {
        const result = await gateway.call(guest, 'get', { run });
        assert.equal(outcomeOf(result), outcome, JSON.stringify(result));
        await othersAreServed(run);
      }
    });
  }

  test('waits for its backend too long ends in "failed DEADLINE_EXCEEDED"', async () => {
    assert.equal(outcomeOf(await gateway.call('calls-backend', 'get')), 'failed DEADLINE_EXCEEDED');
    await backends.cancelled('/silent');
    await othersAreServed('one');
  });

  test('calls its backend 10,000 times gets to call it 50 times for one labeling', () => {
    const calls = backends.calls.get('/calls-backend-10000-times')?.length;
    assert.equal(calls, 2 * 50 + 2);
  });
});

suite('a response', () => {
  test('of 200,000 nested arrays cannot be judged item by item: the call fails', async () => {
    const result = await gateway.call('scripted', 'dig');
    assert.equal(outcomeOf(result), 'failed BACKEND_ERROR');
    await othersAreServed('one');
  });

  for (const [tool, size, outcome, words] of [
    ['fill', 'above 8 MiB cannot be labelled', 'failed GUARD_ERROR', 'a guard takes'],
    ['flood', 'above 32 MiB is not taken', 'failed BACKEND_ERROR', 'scripted: the response is larger'],
  ] as const) {
    test(`${size}: the call fails, the session lives on, and the log says why`, async () => {
      const result = await gateway.call('scripted', tool);
      assert.equal(outcomeOf(result), outcome);
      await gateway.logged(`${tool}: ${words}`);
      await othersAreServed('one');
      assert.doesNotMatch(gateway.log, /connection to the sidecar broke/);
    });
  }
});

suite('arguments', () => {
  test('above what a guard takes cannot be labelled: the call fails and is not sent', async () => {
    const args = { text: 'x'.repeat(8 * 1024 * 1024 - 200) };
    const result = await gateway.call('scripted', 'get', { args });
    assert.equal(outcomeOf(result), 'failed GUARD_ERROR');
  });

  test('of 200,000 nested arrays are judged as any others', async () => {
    const args = JSON.parse(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`);
    assert.equal(outcomeOf(await gateway.call('scripted', 'get', { args })), 'result');
  });
});
