/** One gateway, several sidecars: the loss of one costs no call. */
import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { type Script, ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf } from '../harness/tool-result.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const guards = { scripted: scriptedGuard };
const hello: Script = { result: { content: [{ type: 'text', text: 'hello' }] } };

let backends: ScriptedBackends;
let folder: string;
before(async () => {
  backends = await ScriptedBackends.start();
  folder = await temporaryFolder();
});
after(async () => {
  await backends[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A server with the tool `hello`, labelled by the scripted guard. */
function greeter(path: string, settings: object = {}): object {
  const url = backends.add(path, [{ name: 'hello', script: hello }]);
  return { type: 'http', url, guard: 'scripted', 'guard-policies': script({}), ...settings };
}

interface Told {
  readonly state: string;
  readonly reason?: string;
}

/** What the gateway says of its sidecars. */
async function sidecarsOf(gateway: RunningGateway, path = '/health'): Promise<Record<string, Told>> {
  const response = await fetch(`${gateway.url}${path}`);
  return ((await response.json()) as { sidecars?: Record<string, Told> }).sidecars ?? {};
}

/** Asks until a sidecar is said to be so: there is no event for it. */
async function saidToBe(gateway: RunningGateway, address: string, state: string): Promise<Told> {
  for (;;) {
    const told = (await sidecarsOf(gateway))[address];
    if (told?.state === state) return told;
    await delay(20);
  }
}

/** Calls one after the other, each of an agent of its own and so with a guard session of its own, until told to end. */
class Load {
  readonly outcomes: string[] = [];
  #hasEnded = false;
  readonly #callers: Promise<void>[];

  constructor(gateway: RunningGateway, callers: number) {
    this.#callers = Array.from({ length: callers }, async (_, caller) => {
      const client = await gateway.connect('greeter', { run: `steady-${caller}` });
      for (let call = 0; !this.#hasEnded; call++) {
        const steady = await client.callTool({ name: 'hello' });
        this.outcomes.push(outcomeOf(steady as Parameters<typeof outcomeOf>[0]));
        this.outcomes.push(outcomeOf(await gateway.call('greeter', 'hello', { run: `${caller}-${call}` })));
      }
    });
  }

  /** Waits for so many more calls. */
  async more(calls: number): Promise<void> {
    const aim = this.outcomes.length + calls;
    while (this.outcomes.length < aim) await delay(10);
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    await Promise.all(this.#callers);
  }
}

suite('three sidecars', () => {
  test('share the sessions; two are killed in turn in mid-load, one comes back, and not one call is lost', async () => {
    const start = async (name: string) => {
      await mkdir(join(folder, name), { recursive: true });
      return RunningSidecar.start(guards, { listen: `unix:${join(folder, name, 'guard.sock')}` });
    };
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(start));
    assert.ok(a !== undefined && b !== undefined && c !== undefined);
    await using parts = new AsyncDisposableStack();
    for (const sidecar of [a, b, c]) parts.use(sidecar);
    const sidecar = [a, b, c].map(({ address }) => address);
    await using gateway = await RunningGateway.start({
      gateway: { sidecar },
      guards,
      mcpServers: { greeter: greeter('/many') },
    });
    for (const address of sidecar) await saidToBe(gateway, address, 'ready');
    const load = new Load(gateway, 4);
    await load.more(30);
    a.child.kill('SIGKILL');
    await load.more(30);
    const { reason } = await saidToBe(gateway, a.address, 'unavailable');
    assert.equal(reason, 'it does not answer; the log says why');
    b.child.kill('SIGKILL');
    await load.more(30);
    await saidToBe(gateway, b.address, 'unavailable');
    assert.equal((await fetch(`${gateway.url}/ready`)).status, 200);
    await using back = await start('a');
    await saidToBe(gateway, back.address, 'ready');
    c.child.kill('SIGKILL');
    await load.more(30);
    await load.end();
    assert.deepEqual([...new Set(load.outcomes)], ['result'], 'no call was lost');
    assert.deepEqual(Object.keys(await sidecarsOf(gateway, '/ready')), sidecar);
  });

  test('none of which answers make the gateway not ready, by name, and calls fail', async () => {
    const sidecar = ['unix:/no/such/1', 'unix:/no/such/2'];
    await using gateway = await RunningGateway.start({
      gateway: { sidecar, toolTimeout: 0.5 },
      guards,
      mcpServers: { greeter: greeter('/none') },
    });
    assert.equal(outcomeOf(await gateway.call('greeter', 'hello')), 'failed GUARD_UNAVAILABLE');
    await gateway.ready();
    const response = await fetch(`${gateway.url}/ready`);
    assert.deepEqual(
      [response.status, await response.json()],
      [
        503,
        { error: 'not_ready', message: `none of the sidecars, which label, answers: ${sidecar.join(', ')}` },
      ],
    );
    await gateway.logged('a sidecar cannot be had');
  });
});

suite('a sidecar among others', () => {
  test('that froze loses its sessions, and what was asked there is asked elsewhere', async () => {
    const [frozen, well] = await Promise.all([RunningSidecar.start(guards), RunningSidecar.start(guards)]);
    await using _frozen = frozen;
    await using _well = well;
    const sidecar = [frozen.address, well.address];
    await using gateway = await RunningGateway.start({
      gateway: { sidecar },
      guards,
      mcpServers: { greeter: greeter('/frozen') },
    });
    for (const address of sidecar) await saidToBe(gateway, address, 'ready');
    const clients = await Promise.all(['1', '2', '3', '4'].map((run) => gateway.connect('greeter', { run })));
    const callAll = () => Promise.all(clients.map((client) => client.callTool({ name: 'hello' })));
    await callAll();
    frozen.child.kill('SIGSTOP');
    try {
      for (const result of await callAll())
        assert.equal(outcomeOf(result as Parameters<typeof outcomeOf>[0]), 'result');
      assert.equal((await saidToBe(gateway, frozen.address, 'unavailable')).state, 'unavailable');
    } finally {
      frozen.child.kill('SIGCONT');
    }
  });

  test('that has not the guard is passed over', async () => {
    await using empty = await RunningSidecar.start({});
    await using full = await RunningSidecar.start(guards);
    await using gateway = await RunningGateway.start({
      gateway: { sidecar: [empty.address, full.address] },
      guards,
      mcpServers: { greeter: greeter('/missing') },
    });
    for (const { address } of [empty, full]) await saidToBe(gateway, address, 'ready');
    for (const run of ['1', '2', '3', '4'])
      assert.equal(outcomeOf(await gateway.call('greeter', 'hello', { run })), 'result');
    assert.equal((await gateway.ready()).servers.greeter?.state, 'ready');
  });
});
