/** What guards grant an agent: asked once, of all of them, before anything else. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { type Scene, type Script, ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf } from '../harness/tool-result.ts';

/** A tool result whose further fields a guard of test/guards takes for its own answer. */
const forGuard = (answer: object): Script => ({ result: { content: [], ...answer } });
const asAgent = (agent: object) => forGuard({ agent, difc_mode: 'filter' });
const refusal = forGuard({ ok: false, error: 'not yet' });

let backends: ScriptedBackends;
let gateway: RunningGateway;
/** The policies that the guards of these servers get from them at the moment. */
const policies: Record<string, Scene> = {};

/** A server whose guard asks it for its policy where it has none of its own. */
function server(name: string, policy?: object): object {
  const tools = [
    { name: 'put', script: { result: { content: [{ type: 'text', text: `put of ${name}` }] } } },
    {
      name: 'get_policy',
      script: (args: Parameters<Scene>[0]) => policies[name]?.(args) ?? asAgent({}),
      annotations: { readOnlyHint: true },
    },
  ];
  const guard =
    policy === undefined
      ? { guard: 'asks-backend-for-policy' }
      : { guard: 'scripted', 'guard-policies': policy };
  return { type: 'http', url: backends.add(`/${name}`, tools), ...guard };
}

before(async () => {
  backends = await ScriptedBackends.start();
  gateway = await RunningGateway.start({
    guards: { scripted: scriptedGuard },
    guests: { 'asks-backend-for-policy': {} },
    mcpServers: {
      grants: server('grants', script({ agent: { secrecy: ['granted'] } })),
      granted: server('granted', script({ resource: { secrecy: ['granted'] } })),
      asks: server('asks'),
      late: server('late'),
      any: server('any', script({})),
      'late-secrecy': server('late-secrecy', script({ resource: { secrecy: ['late'] } })),
      'late-integrity': server(
        'late-integrity',
        script({ resource: { secrecy: ['granted', 'late'], integrity: ['late'] }, operation: 'write' }),
      ),
    },
  });
  await gateway.ready();
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await backends[Symbol.asyncDispose]();
});

async function outcome(name: string, run: string): Promise<string> {
  return outcomeOf(await gateway.call(name, 'put', { run }));
}

function policiesOf(name: string): number {
  return (backends.calls.get(`/${name}`) ?? []).filter((tool) => tool === 'get_policy').length;
}

suite('the grants of all guards', () => {
  test('are the agent’s, whichever server it calls first', async () => {
    for (const [run, ...servers] of [
      ['one', 'granted', 'grants'],
      ['two', 'grants', 'granted'],
    ] as const)
      for (const name of servers) assert.equal(await outcome(name, run), 'result');
  });

  test('are waited for, by calls of other servers, too', async () => {
    const policy = Promise.withResolvers<Script>();
    const scenes: Scene[] = [() => policy.promise];
    policies.asks = (args) => scenes.shift()?.(args) ?? asAgent({});
    const asked = policiesOf('asks');
    const waiting = outcome('late-secrecy', 'patient');
    await backends.called('/asks', 'get_policy', asked + 1);
    // Another agent gets all the way meanwhile.
    assert.equal(await outcome('late-secrecy', 'hasty'), 'denied READ_SECRECY');
    policy.resolve(asAgent({ secrecy: ['late'] }));
    assert.equal(await waiting, 'result');
  });

  test('are asked for once, however many first calls come at once', async () => {
    const before = { asks: policiesOf('asks'), late: policiesOf('late') };
    const others = ['any', 'grants', 'granted'];
    const calls = ['asks', ...others, ...others, ...others, ...others, 'late'];
    await Promise.all(calls.map((name) => outcome(name, 'crowd')));
    assert.deepEqual(
      { asks: policiesOf('asks'), late: policiesOf('late') },
      { asks: before.asks + 1, late: before.late + 1 },
    );
  });

  test('are asked for again for another agent', async () => {
    const before = policiesOf('asks');
    await outcome('any', 'somebody');
    await outcome('any', 'somebody');
    await outcome('any', 'another');
    assert.equal(policiesOf('asks'), before + 2);
  });
});

suite('a grant that comes late', () => {
  /** A policy that is refused at first; the returned function lets it be accepted. */
  function refuseAtFirst(): () => void {
    let answer = refusal;
    policies.late = () => answer;
    return () => {
      answer = asAgent({ secrecy: ['late'], integrity: ['late'] });
    };
  }

  /** A guard that could not be had is asked again a little later. */
  async function untilItIsHad(run: string): Promise<void> {
    while ((await outcome('late', run)) === 'failed POLICY_REJECTED') await nextTurn();
  }

  test('but before anything was delivered, is secrecy and integrity', async () => {
    const accept = refuseAtFirst();
    assert.equal(await outcome('late', 'early'), 'failed POLICY_REJECTED');
    accept();
    await untilItIsHad('early');
    assert.equal(await outcome('late-integrity', 'early'), 'result');
  });

  test('after something was delivered, is secrecy only', async () => {
    const accept = refuseAtFirst();
    assert.equal(await outcome('any', 'tardy'), 'result');
    assert.equal(await outcome('late-secrecy', 'tardy'), 'denied READ_SECRECY');
    accept();
    await untilItIsHad('tardy');
    assert.equal(await outcome('late-secrecy', 'tardy'), 'result');
    assert.equal(await outcome('late-integrity', 'tardy'), 'denied WRITE_INTEGRITY');
  });
});
