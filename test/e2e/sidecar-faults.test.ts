/** A sidecar that dies, cannot start, or is away: calls wait, or fail closed, and the gateway stays up. */
import assert from 'node:assert/strict';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gone } from '../harness/child-processes.ts';
import { script, scriptedGuard } from '../harness/gateway-parts.ts';
import { RunningGateway } from '../harness/running-gateway.ts';
import { RunningSidecar } from '../harness/running-sidecar.ts';
import { type Script, ScriptedBackends } from '../harness/scripted-backend.ts';
import { outcomeOf } from '../harness/tool-result.ts';
import { temporaryFolder } from '../harness/wasm-guard.ts';

const hello: Script = { result: { content: [{ type: 'text', text: 'hello' }] } };
const publicRead: Script = { result: { content: [], resource: {}, operation: 'read' } };
const guarded = { guard: 'scripted', 'guard-policies': script({}) };

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

/** A server with the tool `hello`. */
function greeter(path: string, settings: object): object {
  return { type: 'http', url: backends.add(path, [{ name: 'hello', script: hello }]), ...settings };
}

suite('a sidecar that is killed', () => {
  test('while a guard thinks about a call, is started again, and the guard is asked again', async () => {
    const answers = [Promise.withResolvers<Script>().promise, publicRead];
    const get = {
      name: 'get',
      script: () => answers.shift() ?? publicRead,
      annotations: { readOnlyHint: true },
    };
    const url = backends.add('/killed-1', [get, { name: 'hello', script: hello }]);
    const asking = { type: 'http', url, guard: 'calls-backend' };
    await using gateway = await RunningGateway.start({
      guests: { 'calls-backend': {} },
      mcpServers: { asking },
    });
    const calling = gateway.call('asking', 'hello');
    await backends.called('/killed-1', 'get');
    const pid = await gateway.sidecarPid();
    process.kill(pid, 'SIGKILL');
    assert.equal(outcomeOf(await calling), 'result');
    assert.equal(backends.calls.get('/killed-1')?.filter((tool) => tool === 'get').length, 2);
    assert.equal(backends.calls.get('/killed-1')?.filter((tool) => tool === 'hello').length, 1);
    assert.notEqual(await gateway.sidecarPid(pid), pid);
  });

  test('while a call is at its server, is asked for the response, and the agent is who it was', async () => {
    const answer = Promise.withResolvers<Script>();
    const propagate = script({ mode: 'propagate', resource: { secrecy: ['house'] } });
    const slow = { name: 'hello', script: () => answer.promise };
    const secrets = {
      type: 'http',
      url: backends.add('/killed-2', [slow]),
      guard: 'scripted',
      'guard-policies': propagate,
    };
    const letters = greeter('/killed-2-letters', {
      guard: 'scripted',
      'guard-policies': script({ operation: 'write' }),
    });
    const guards = { scripted: scriptedGuard };
    await using gateway = await RunningGateway.start({ guards, mcpServers: { secrets, letters } });
    const calling = gateway.call('secrets', 'hello');
    await backends.called('/killed-2', 'hello');
    process.kill(await gateway.sidecarPid(), 'SIGKILL');
    answer.resolve(hello);
    assert.equal(outcomeOf(await calling), 'result');
    assert.equal(outcomeOf(await gateway.call('letters', 'hello')), 'denied WRITE_SECRECY');
  });

  test('again and again under load costs no call its correctness, and the gateway stays up', async () => {
    const guards = { scripted: scriptedGuard };
    const mcpServers = { greeter: greeter('/killed-3', guarded) };
    await using gateway = await RunningGateway.start({ guards, mcpServers });
    await gateway.ready();
    let pid = await gateway.sidecarPid();
    for (let round = 0; round < 3; round++) {
      const calls = Array.from({ length: 10 }, (_, index) =>
        gateway.call('greeter', 'hello', { run: `${round}-${index % 4}` }),
      );
      process.kill(pid, 'SIGKILL');
      for (const result of await Promise.all(calls))
        assert.match(outcomeOf(result), /^(result|failed GUARD_UNAVAILABLE)$/);
      pid = await gateway.sidecarPid(pid);
      assert.equal(outcomeOf(await gateway.call('greeter', 'hello')), 'result');
    }
    await gateway.logged('the sidecar ended (SIGKILL); it is started again in');
  });
});

suite('a sidecar that cannot start', () => {
  test('makes calls fail with GUARD_UNAVAILABLE after toolTimeout, and health says so', async () => {
    // What is wrong with a guard's limits is for the sidecar to say.
    const guards = { scripted: { ...scriptedGuard, limits: { memoryPages: 'many' } } };
    const mcpServers = { greeter: greeter('/no-sidecar', guarded), noop: greeter('/no-sidecar-noop', {}) };
    await using gateway = await RunningGateway.start({ gateway: { toolTimeout: 0.5 }, guards, mcpServers });
    const starting = await fetch(`${gateway.url}/health`);
    assert.equal(starting.status, 503);
    assert.equal(outcomeOf(await gateway.call('greeter', 'hello')), 'failed GUARD_UNAVAILABLE');
    const { servers } = await gateway.ready();
    assert.equal(servers.greeter?.state, 'unavailable');
    assert.match(servers.greeter?.reason ?? '', /did not answer in time|has not answered/);
    assert.equal(servers.noop?.state, 'ready');
    await gateway.logged('guards.scripted.limits.memoryPages');
    await gateway.logged('the sidecar cannot use its configuration');
    assert.equal((await gateway.stop()).code, 0);
  });
});

suite('a sidecar of its own', () => {
  test('that is away is waited for by the calls that came before it', async () => {
    await mkdir(join(folder, 'later'));
    const address = `unix:${join(folder, 'later', 'guard.sock')}`;
    const mcpServers = { greeter: greeter('/later', { guard: 'answers-public' }) };
    const guards = { 'answers-public': { type: 'wasm', path: 'somewhere' } };
    await using gateway = await RunningGateway.start({ gateway: { sidecar: address }, guards, mcpServers });
    const client = await gateway.connect('greeter');
    const calls = Array.from({ length: 5 }, (_, index) =>
      gateway.call('greeter', 'hello', { run: `r${index}` }),
    );
    const listing = client.listTools();
    assert.equal((await fetch(`${gateway.url}/health`)).status, 503);
    await using _sidecar = await RunningSidecar.serving({ 'answers-public': {} }, { listen: address });
    for (const result of await Promise.all(calls)) assert.equal(outcomeOf(result), 'result');
    assert.deepEqual(
      (await listing).tools.map(({ name }) => name),
      ['hello'],
    );
    assert.equal((await gateway.ready()).servers.greeter?.state, 'ready');
  });

  test('that goes away and stays away makes calls fail, and comes back to the same agents', async () => {
    await mkdir(join(folder, 'away'));
    const address = `unix:${join(folder, 'away', 'guard.sock')}`;
    const config = { scripted: scriptedGuard };
    const secrets = {
      guard: 'scripted',
      'guard-policies': script({ mode: 'propagate', resource: { secrecy: ['house'] } }),
    };
    const letters = { guard: 'scripted', 'guard-policies': script({ operation: 'write' }) };
    const mcpServers = { secrets: greeter('/away-1', secrets), letters: greeter('/away-2', letters) };
    const settings = { sidecar: address, toolTimeout: 1 };
    const sidecar = await RunningSidecar.start(config, { listen: address });
    await using gateway = await RunningGateway.start({ gateway: settings, guards: config, mcpServers });
    const call = (server: string, run?: string) => untilItIsBack(gateway, server, run);
    assert.equal(await call('secrets'), 'result');
    await sidecar[Symbol.asyncDispose]();
    assert.equal(outcomeOf(await gateway.call('letters', 'hello')), 'failed GUARD_UNAVAILABLE');
    const { servers } = await gateway.ready();
    assert.equal(servers.letters?.state, 'unavailable');
    await using _back = await RunningSidecar.start(config, { listen: address });
    assert.equal(await call('letters'), 'denied WRITE_SECRECY');
    assert.equal(await call('letters', 'other'), 'result');
  });

  /** What becomes of a call, once the guard can be had: on a busy machine that may take longer than one call. */
  async function untilItIsBack(gateway: RunningGateway, server: string, run = ''): Promise<string> {
    for (;;) {
      const outcome = outcomeOf(await gateway.call(server, 'hello', { run }));
      if (outcome !== 'failed GUARD_UNAVAILABLE') return outcome;
    }
  }
});

suite('the processes of a gateway', () => {
  const setup = () => ({
    guards: { scripted: scriptedGuard },
    mcpServers: {
      greeter: greeter('/ending', guarded),
      child: {
        type: 'stdio',
        command: process.execPath,
        args: [join(import.meta.dirname, '../harness/odd-server.ts')],
      },
    },
  });

  /** Its sidecar, the guard processes, and its server, all at work. */
  async function processes(gateway: RunningGateway): Promise<number[]> {
    await gateway.call('greeter', 'hello');
    await gateway.call('child', 'place');
    const guards = await gateway.guardPids();
    assert.ok(guards.length > 0);
    return [await gateway.sidecarPid(), await gateway.serverPid('odd-server'), ...guards];
  }

  test('end when it is killed', async () => {
    await using gateway = await RunningGateway.start(setup());
    const pids = await processes(gateway);
    assert.equal((await gateway.stop('SIGKILL')).signal, 'SIGKILL');
    await Promise.all(pids.map(gone));
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`end at ${signal} with exit code 0, calls in flight or not`, async () => {
      const never = backends.add('/never', [{ name: 'hello', script: { error: { transport: 'timeout' } } }]);
      const { guards, mcpServers } = setup();
      const never_ = { type: 'http', url: never, ...guarded };
      await using gateway = await RunningGateway.start({
        guards,
        mcpServers: { ...mcpServers, never: never_ },
      });
      const pids = await processes(gateway);
      const client = await gateway.connect('never');
      const calling = client.callTool({ name: 'hello' });
      calling.catch(() => undefined);
      await backends.called('/never', 'hello');
      assert.deepEqual(await gateway.stop(signal), { code: 0, signal: null });
      await client.close();
      await Promise.all(pids.map(gone));
      await assert.rejects(calling);
    });
  }

  test('leave no folder behind when it stops', async () => {
    await using gateway = await RunningGateway.start(setup());
    await gateway.ready();
    await gateway.stop();
    assert.deepEqual(await readdir(gateway.folder), ['sluice.json']);
  });
});
