/** No order of what happens at the same time makes an agent cleaner than it is: every order is tried. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { type Rpc, type Scene, type Script, ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf } from '../harness/tool-result.ts';

const text = (words: string): Script => ({ result: { content: [{ type: 'text', text: words }] } });
/** A tool result that the guard `calls-backend` takes for its own answer. */
const asWrite: Script = { result: { content: [], resource: { secrecy: ['club'] }, operation: 'write' } };

let backends: ScriptedBackends;
let gateway: RunningGateway;
/** What a test holds back, by the words of the call that asks for it. */
const held = new Map<string, PromiseWithResolvers<Script>>();
/** The run whose write a guard thinks about: one at a time, since it cannot say whose it is. */
let writing = '';

function server(name: string, settings: object): object {
  const tools = [
    {
      name: 'get',
      script: ({ key = writing }: Parameters<Scene>[0]) =>
        held.get(String(key))?.promise ?? text(`get of ${name}`),
      // So that a guard may ask it.
      annotations: { readOnlyHint: true },
    },
    { name: 'put', script: text(`put of ${name}`) },
  ];
  return { type: 'http', url: backends.add(`/${name}`, tools), ...settings };
}

const scripted = (policy: object) => ({ guard: 'scripted', 'guard-policies': policy });

before(async () => {
  backends = await ScriptedBackends.start();
  gateway = await RunningGateway.start({
    guards: { scripted: scriptedGuard },
    guests: { 'calls-backend': {} },
    mcpServers: {
      secrets: server('secrets', scripted(script({ mode: 'propagate', resource: { secrecy: ['house'] } }))),
      letters: server('letters', scripted(script({ resource: { secrecy: ['club'] }, operation: 'write' }))),
      thinking: server('thinking', { guard: 'calls-backend' }),
      // What these guards grant, and what can only be done with it.
      'grants-secrecy': server('grants-secrecy', scripted(script({ agent: { secrecy: ['club'] } }))),
      'grants-integrity': server('grants-integrity', scripted(script({ agent: { integrity: ['signed'] } }))),
      'needs-both': server(
        'needs-both',
        scripted(script({ resource: { secrecy: ['club'], integrity: ['signed'] }, operation: 'read-write' })),
      ),
      'needs-more': server(
        'needs-more',
        scripted(script({ resource: { secrecy: ['other'], integrity: ['signed'] } })),
      ),
    },
  });
  await gateway.ready();
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

suite('the first calls of an agent', () => {
  const expected = new Map([
    ['grants-secrecy', 'denied READ_INTEGRITY'],
    ['grants-integrity', 'denied READ_INTEGRITY'],
    ['needs-both', 'result'],
    ['needs-more', 'denied READ_SECRECY'],
  ]);

  for (const [index, order] of permutations([...expected.keys()]).entries()) {
    test(`end the same in the order ${order.join(', ')}`, async () => {
      const run = `first-${index}`;
      for (const name of order)
        assert.equal(outcomeOf(await gateway.call(name, 'get', { run })), expected.get(name), name);
    });
  }

  test('end the same when all of them come at once', async () => {
    const names = [...expected.keys(), ...expected.keys()];
    const ends = names.map(async (name) => outcomeOf(await gateway.call(name, 'get', { run: 'at-once' })));
    assert.deepEqual(
      await Promise.all(ends),
      names.map((name) => expected.get(name)),
    );
  });
});

suite('two reads and a write at the same time', () => {
  for (const order of permutations(['read one', 'read two', 'write'])) {
    test(`are judged by what was delivered, in the order ${order.join(', ')}`, async () => {
      const run = order.join('-').replaceAll(' ', '-');
      const isDelivered = new Set<string>();
      for (const step of order) held.set(`${run}: ${step}`, Promise.withResolvers());
      writing = `${run}: write`;
      const [reads, writes] = [getsOf('secrets').length, getsOf('thinking').length];
      const read = async (step: string) => {
        const result = await gateway.call('secrets', 'get', { run, args: { key: `${run}: ${step}` } });
        assert.equal(outcomeOf(result), 'result');
        isDelivered.add(step);
      };
      const calls: Record<string, Promise<unknown>> = {
        'read one': read('read one'),
        'read two': read('read two'),
        write: gateway.call('thinking', 'put', { run }).then(outcomeOf),
      };
      // Both reads are at their server, and the guard of the write thinks about it.
      await backends.called('/secrets', 'get', reads + 2);
      await backends.called('/thinking', 'get', writes + 1);
      for (const step of order) {
        const before = putsOf('thinking').length;
        const expected = isDelivered.size === 0 ? 'result' : 'denied WRITE_SECRECY';
        held.get(`${run}: ${step}`)?.resolve(step === 'write' ? asWrite : text('secret'));
        const end = await calls[step];
        if (step !== 'write') continue;
        assert.equal(end, expected);
        assert.equal(putsOf('thinking').length, before + Number(expected === 'result'));
      }
      assert.equal(outcomeOf(await gateway.call('letters', 'put', { run })), 'denied WRITE_SECRECY');
    });
  }
});

function getsOf(name: string): readonly Rpc[] {
  return callsOf(name, 'get');
}

function putsOf(name: string): readonly Rpc[] {
  return callsOf(name, 'put');
}

function callsOf(name: string, tool: string): readonly Rpc[] {
  const messages = backends.messages.get(`/${name}`) ?? [];
  return messages.filter(({ method, params }) => method === 'tools/call' && params?.name === tool);
}

function permutations<T>(values: readonly T[]): T[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((value, index) =>
    permutations(values.toSpliced(index, 1)).map((rest) => [value, ...rest]),
  );
}
