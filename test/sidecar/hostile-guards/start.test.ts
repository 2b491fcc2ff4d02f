/** Part B: guests that misbehave before anybody asks them anything. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { description, json } from '../../harness/guard-stream.ts';
import { HostileGuards } from '../../harness/hostile-guards.ts';

const quick = { cpuMs: 60, deadlineMs: 60_000 };

describe('a guest that misbehaves at its start', () => {
  let guards: HostileGuards;
  before(async () => {
    guards = await HostileGuards.serving({
      'start-loops': { limits: quick },
      'start-traps': {},
      'start-calls-backend': {},
      'start-calls-host': {},
      'start-grows': { limits: { memoryPages: 200, tableEntries: 5_000 } },
      'initialize-loops': { limits: quick },
      'initialize-exits': {},
      'start-export-traps': {},
      'needs-initialize': {},
      'initialize-calls-backend': {},
      'no-idle': { guest: 'counts-calls', limits: { idleInstances: 0, queueLength: 2_000 } },
    });
  });
  after(() => guards[Symbol.asyncDispose]());

  it('B1 by looping in its start section is not served', async () => {
    const says = /"start-loops" is unavailable: it does not load: it burnt more CPU time than it may/;
    await guards.opensNot('start-loops', 'GUARD_UNAVAILABLE', says);
  });

  it('B2 by a trap in its start section is not served', async () => {
    await guards.opensNot('start-traps', 'GUARD_UNAVAILABLE', /it does not load: unreachable/);
  });

  const returned = { 'call_backend INTERNAL': -1, 'backend_error nothing': 0, 'fd_write EFAULT': 21 };
  for (const [index, [what, expected]] of Object.entries(returned).entries()) {
    it(`B3 by calling the host in its start section gets of ${what}`, async () => {
      const stream = await guards.sidecar.open('start-calls-host');
      assert.equal(description(await stream.labelResource(`${index}`)), `${expected}`);
      assert.equal(stream.backendCalls.length, 0);
      await stream.close();
      await guards.isWhole();
    });
  }

  it('B3 that asks the backend in its start section gets INTERNAL, and its sleep there is over at once', async () => {
    const stream = await guards.sidecar.open('start-calls-backend');
    assert.equal(description(await stream.labelResource('get')), '-1');
    assert.equal(stream.backendCalls.length, 0);
    await stream.close();
  });

  it('B4 by growing its memory and its table in its start section gets as much as its limits say', async () => {
    const stream = await guards.sidecar.open('start-grows');
    assert.equal(description(await stream.labelResource('0')), '200');
    assert.equal(description(await stream.labelResource('1')), '5000');
    await stream.close();
  });

  it('B6 by looping in _initialize cannot be opened', async () => {
    await guards.opensNot('initialize-loops', 'BUDGET_EXCEEDED', /more CPU time/);
  });

  it('B6 by exiting in _initialize cannot be opened, whatever its exit code is', async () => {
    await guards.opensNot('initialize-exits', 'GUARD_TRAPPED', /exited with code 0/);
  });

  it('B6 by a _start that traps is served: nobody calls it', async () => {
    const stream = await guards.sidecar.open('start-export-traps');
    await stream.labelResource('get');
    await stream.close();
  });

  it('B6 that exports _initialize has it called once', async () => {
    const stream = await guards.sidecar.open('needs-initialize');
    assert.equal(description(await stream.labelResource('get')), '1');
    assert.equal(description(await stream.labelResource('get')), '1');
    await stream.close();
  });

  it('B6 may ask the backend in _initialize', async () => {
    const stream = guards.sidecar.stream();
    stream.answerBackend = () => json({ resource: { description: 'from the start' } });
    await stream.open('initialize-calls-backend');
    assert.equal(description(await stream.labelResource('get')), 'from the start');
    assert.equal(stream.backendCalls.length, 1);
    await stream.close();
  });

  it('B7 by being instantiated 10,000 times uses up no addresses of its process', async () => {
    const pids = await guards.sidecar.guardProcesses();
    const streams = await Promise.all(Array.from({ length: 20 }, () => guards.sidecar.open('no-idle')));
    for (let round = 0; round < 10; round++) {
      const questions = streams.flatMap((stream) =>
        Array.from({ length: 50 }, () => stream.labelResource('get')),
      );
      const answers = new Set((await Promise.all(questions)).map(description));
      // Each of them was a new instance, which was never asked before.
      assert.deepEqual([...answers], ['1']);
    }
    await Promise.all(streams.map((stream) => stream.close()));
    assert.deepEqual(await guards.sidecar.guardProcesses(), pids);
  });
});
