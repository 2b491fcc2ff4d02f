/** Who the agent is, and what it becomes: across servers, routes, MCP sessions, and calls at the same time. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { type Rpc, type Scene, type Script, ScriptedBackends } from '../harness/scripted-backend.ts';
import { callTool, outcomeOf } from '../harness/tool-result.ts';

const text = (words: string): Script => ({ result: { content: [{ type: 'text', text: words }] } });

/** A tool result whose further fields a guard of test/guards takes for its own answer. */
const forGuard = (answer: object): Script => ({ result: { content: [], ...answer } });
const asResource = (resource: object, operation: string) => forGuard({ resource, operation });

let backends: ScriptedBackends;
let gateway: RunningGateway;
/** What the tools of these servers do at the moment. */
const scenes: Record<string, Scene> = {};

/** A server whose tools do what is said under its name and the tool's; they answer with a text where nothing is. */
function server(name: string, settings: object): object {
  const play =
    (tool: string): Scene =>
    (args) =>
      scenes[`${name} ${tool}`]?.(args) ?? text(`${tool} of ${name}`);
  const tools = ['get', 'put'].map((tool) => ({
    name: tool,
    script: play(tool),
    annotations: { readOnlyHint: tool !== 'put' },
  }));
  return { type: 'http', url: backends.add(`/${name}`, tools), ...settings };
}

const scripted = (policy: object) => ({ guard: 'scripted', 'guard-policies': policy });
const secret = { secrecy: ['house'] };
const publicSink = { 'write-sink': { accept: ['*'], 'sink-visibility': 'public' } };

before(async () => {
  backends = await ScriptedBackends.start();
  gateway = await RunningGateway.start({
    guards: { scripted: scriptedGuard },
    guests: { 'calls-backend': {} },
    modules: { 'second-call-is-secret': secondCallIsSecret },
    mcpServers: {
      secrets: server('secrets', scripted(script({ mode: 'propagate', resource: secret }))),
      filtered: server('filtered', scripted(script({ resource: secret }))),
      letters: server('letters', scripted(script({ operation: 'write' }))),
      sink: server('sink', { 'guard-policies': publicSink }),
      bounded: server('bounded', {
        audience: [],
        ...scripted({ ...script({}), labelResource: { fail: 'must-not-run' } }),
      }),
      slow: server('slow', { guard: 'calls-backend' }),
      stateful: server('stateful', { guard: 'second-call-is-secret' }),
    },
  });
  await gateway.ready();
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

async function outcome(name: string, tool: string, run: string): Promise<string> {
  return outcomeOf(await gateway.call(name, tool, { run }));
}

function callsOf(name: string, tool: string): number {
  return (backends.calls.get(`/${name}`) ?? []).filter((called) => called === tool).length;
}

suite('the labels of an agent', () => {
  test('hold on every server, whichever it got them from', async () => {
    const run = 'everywhere';
    assert.equal(await outcome('sink', 'put', run), 'result');
    assert.equal(await outcome('letters', 'put', run), 'result');
    assert.equal(await outcome('secrets', 'get', run), 'result');
    assert.equal(await outcome('sink', 'put', run), 'denied WRITE_SECRECY');
    assert.equal(await outcome('letters', 'put', run), 'denied WRITE_SECRECY');
  });

  test('hold in its other MCP sessions, those that were open before included', async () => {
    const identity = { run: 'sessions' };
    const before = await gateway.connect('sink', identity);
    await gateway.call('secrets', 'get', identity);
    const after = await gateway.connect('sink', identity);
    for (const client of [before, after])
      assert.equal(outcomeOf(await callTool(client, 'put')), 'denied WRITE_SECRECY');
  });

  test('are not washed off by the end of its sessions and a new initialize', async () => {
    const identity = { run: 'washing' };
    const client = await gateway.connect('secrets', identity);
    await callTool(client, 'get');
    await fetch(`${gateway.url}/mcp/secrets`, {
      method: 'DELETE',
      headers: { 'sluice-run': 'washing', 'mcp-session-id': sessionOf(client) },
    });
    assert.equal(await outcome('sink', 'put', 'washing'), 'denied WRITE_SECRECY');
  });

  test('are its own: another run has none of them, and no run is a run, too', async () => {
    assert.equal(await outcome('secrets', 'get', 'one'), 'result');
    assert.equal(await outcome('sink', 'put', 'another'), 'result');
    assert.equal(outcomeOf(await gateway.call('sink', 'put')), 'result');
    assert.equal(outcomeOf(await gateway.call('secrets', 'get')), 'result');
    assert.equal(outcomeOf(await gateway.call('sink', 'put')), 'denied WRITE_SECRECY');
    assert.equal(await outcome('sink', 'put', 'another'), 'result');
  });

  test('do not change by what is denied or withheld', async () => {
    assert.equal(await outcome('filtered', 'get', 'curious'), 'denied READ_SECRECY');
    assert.equal(await outcome('sink', 'put', 'curious'), 'result');
  });
});

suite('calls at the same time', () => {
  test('a write is judged by what was delivered while its guard thought about it', async () => {
    const run = 'race-1';
    const asked = Promise.withResolvers<Script>();
    scenes['slow get'] = () => asked.promise;
    const count = callsOf('slow', 'get');
    const writing = outcome('slow', 'put', run);
    await backends.called('/slow', 'get', count + 1);
    assert.equal(await outcome('secrets', 'get', run), 'result');
    asked.resolve(asResource({}, 'write'));
    assert.equal(await writing, 'denied WRITE_SECRECY');
    assert.equal(callsOf('slow', 'put'), 0);
  });

  test('a write is judged by the read that was delivered, while another read still waits', async () => {
    const run = 'race-2';
    const [first, second] = [Promise.withResolvers<Script>(), Promise.withResolvers<Script>()];
    scenes['secrets get'] = ({ n }) => (n === 1 ? first.promise : second.promise);
    const count = callsOf('secrets', 'get');
    const read = (n: number) => gateway.call('secrets', 'get', { run, args: { n } });
    const reads = [read(1), read(2)] as const;
    await backends.called('/secrets', 'get', count + 2);
    assert.equal(await outcome('sink', 'put', run), 'result');
    first.resolve(text('one'));
    assert.equal(outcomeOf(await reads[0]), 'result');
    assert.equal(await outcome('sink', 'put', run), 'denied WRITE_SECRECY');
    second.resolve(text('two'));
    assert.equal(outcomeOf(await reads[1]), 'result');
    delete scenes['secrets get'];
  });

  test('whatever the order, no write is sent after a secret was delivered', async () => {
    const runs = Array.from({ length: 20 }, (_, index) => `hammer-${index}`);
    await Promise.all(
      runs.map(async (run) => {
        const [reader, writer] = await Promise.all([
          gateway.connect('secrets', { run }),
          gateway.connect('sink', { run }),
        ]);
        const events: string[] = [];
        const read = callTool(reader, 'get').then(() => events.push('delivered'));
        const writes = Array.from({ length: 5 }, async () => {
          const isLate = events.includes('delivered');
          const said = outcomeOf(await callTool(writer, 'put'));
          if (isLate) assert.equal(said, 'denied WRITE_SECRECY');
        });
        await Promise.all([read, ...writes]);
        assert.equal(outcomeOf(await callTool(writer, 'put')), 'denied WRITE_SECRECY');
      }),
    );
  });
});

suite('an audience', () => {
  test('refuses reads, too, before the guard and the server are asked', async () => {
    await gateway.call('secrets', 'get', { run: 'leaking' });
    const client = await gateway.connect('bounded', { run: 'leaking' });
    const before = messagesOf('bounded').length;
    const result = await callTool(client, 'get', { path: 'the salary is 120,000' });
    assert.equal(outcomeOf(result), 'denied AUDIENCE');
    assert.match(result.content[0]?.text ?? '', /Tags: "house"/);
    const after = messagesOf('bounded').slice(before);
    assert.deepEqual(
      after.filter(({ method }) => method === 'tools/call'),
      [],
    );
    assert.doesNotMatch(JSON.stringify(messagesOf('bounded')), /120,000/);
  });

  test('lets an agent in that holds nothing outside of it', async () => {
    // Its guard is asked, and its script says that it must not be.
    assert.equal(await outcome('bounded', 'get', 'harmless'), 'failed GUARD_TRAPPED');
  });
});

suite('a guard session', () => {
  test('is of one agent: what a guard keeps of one run, another does not see', async () => {
    assert.equal(await outcome('stateful', 'get', 'state-1'), 'result');
    assert.equal(await outcome('stateful', 'get', 'state-1'), 'denied READ_SECRECY');
    assert.equal(await outcome('stateful', 'get', 'state-2'), 'result');
  });
});

function messagesOf(name: string): readonly Rpc[] {
  return backends.messages.get(`/${name}`) ?? [];
}

function sessionOf({ transport }: Client): string {
  return transport?.sessionId ?? '';
}

/** Counts its calls of label_resource: the first reads something public, the others something secret. */
const secondCallIsSecret = `(module
  (memory (export "memory") 1)
  (global $calls (mut i32) (i32.const 0))
  (data (i32.const 0) "{\\"difc_mode\\":\\"filter\\"}")
  (data (i32.const 64) "{\\"resource\\":{},\\"operation\\":\\"read\\"}")
  (data (i32.const 128) "{\\"resource\\":{\\"secrecy\\":[\\"seen\\"]},\\"operation\\":\\"read\\"}")
  (func (export "label_agent") (param i32 i32 i32 i32) (result i32)
    (memory.copy (local.get 2) (i32.const 0) (i32.const 22))
    (i32.const 22))
  (func (export "label_resource") (param i32 i32 i32 i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (result i32) (i32.eq (global.get $calls) (i32.const 1))
      (then
        (memory.copy (local.get 2) (i32.const 64) (i32.const 34))
        (i32.const 34))
      (else
        (memory.copy (local.get 2) (i32.const 128) (i32.const 52))
        (i32.const 52))))
  (func (export "label_response") (param i32 i32 i32 i32) (result i32) (i32.const 0)))`;
