import assert from 'node:assert/strict';
import { kill } from 'node:process';
import { after, before, describe, it } from 'node:test';
import { gone } from '../../harness/child-processes.ts';
import { description, type GuardStream, json } from '../../harness/guard-stream.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';

const labels = json({ resource: { description: 'from the backend' } });

describe('a guard process that is killed', () => {
  let sidecar: RunningSidecar;
  before(async () => {
    sidecar = await RunningSidecar.serving({ 'calls-backend': { limits: { deadlineMs: 60_000 } } });
  });
  after(() => sidecar[Symbol.asyncDispose]());

  it('leaves its place to a spare, and the next question is answered', async () => {
    const stream = await sidecar.open('calls-backend');
    stream.answerBackend = () => labels;
    for (let round = 0; round < 3; round++) {
      const pids = await sidecar.hasReadyProcesses(2);
      for (const pid of pids) kill(pid, 'SIGKILL');
      assert.equal(description(await stream.labelResource('get')), 'from the backend');
      await sidecar.hasReadyProcesses(2, pids);
    }
    await stream.close();
  });

  it('while a labeling waited in it for the backend lets that be asked again, once', async () => {
    const stream = await sidecar.open('calls-backend');
    const first = Promise.withResolvers<typeof labels>();
    stream.answerBackend = ({ id, call }) => (id === 1 && call === 1 ? first.promise : labels);
    const answer = stream.labelResource('get');
    await stream.backendCall(1);
    await killAll();
    assert.equal(description(await answer), 'from the backend');
    assert.deepEqual(
      stream.backendCalls.map(({ call }) => call),
      [1, 2],
    );
    first.resolve(json({ resource: { description: 'too late' } }));
    assert.equal(description(await stream.labelResource('get')), 'from the backend');
    await stream.close();
  });

  it('twice while a labeling waited in it fails that with PROCESS_LOST', async () => {
    const stream = await sidecar.open('calls-backend');
    stream.answerBackend = () => new Promise(() => undefined);
    const answer = stream.labelResource('get');
    await stream.backendCall(1);
    await killAll();
    await stream.backendCall(2);
    await killAll();
    await assert.rejects(answer, { reason: 'PROCESS_LOST' });
    assert.equal(stream.backendCalls.length, 2);
    stream.answerBackend = () => labels;
    await stream.labelResource('get');
    await stream.close();
  });

  it('leaves nothing behind', async () => {
    await sidecar.hasGuardProcesses(2);
    assert.equal(sidecar.child.exitCode, null);
  });

  async function killAll(): Promise<void> {
    const pids = await sidecar.hasReadyProcesses(2);
    for (const pid of pids) kill(pid, 'SIGKILL');
    await sidecar.hasReadyProcesses(2, pids);
  }
});

describe('a guard process whose guest burns its CPU time', () => {
  let sidecar: RunningSidecar;
  before(async () => {
    const limits = { cpuMs: 150, deadlineMs: 60_000 };
    sidecar = await RunningSidecar.serving({ 'loops-or-asks': { limits }, 'calls-backend': {} });
  });
  after(() => sidecar[Symbol.asyncDispose]());

  it('is killed, and what waited in it for the backend is asked again', async () => {
    const [hostile, waiting] = await openTwo();
    const first = Promise.withResolvers<typeof labels>();
    waiting.answerBackend = ({ call }) => (call === 1 ? first.promise : labels);
    const answer = waiting.labelResource('get');
    await waiting.backendCall(1);
    await assert.rejects(hostile.labelResponse('get', {}), { reason: 'BUDGET_EXCEEDED' });
    assert.equal(description(await answer), 'from the backend');
    assert.equal(waiting.backendCalls.length, 2);
    await Promise.all([hostile.close(), waiting.close()]);
  });

  it('is killed, and what waited in line for it is asked elsewhere, however often that happens', async () => {
    const [hostile, waiting] = await openTwo();
    waiting.answerBackend = () => labels;
    const before = sidecar.log.length;
    const loops = [hostile.labelResponse('get', {}), hostile.labelResponse('get', {})];
    await sidecar.logged('looping', before);
    const answer = waiting.labelResource('get');
    await Promise.all(loops.map((loop) => assert.rejects(loop, { reason: 'BUDGET_EXCEEDED' })));
    assert.equal(description(await answer), 'from the backend');
    await Promise.all([hostile.close(), waiting.close()]);
  });

  it('takes nothing of another guard with it', async () => {
    const hostile = await sidecar.open('loops-or-asks');
    const other = await sidecar.open('calls-backend');
    const first = Promise.withResolvers<typeof labels>();
    other.answerBackend = () => first.promise;
    const answer = other.labelResource('get');
    await other.backendCall(1);
    await assert.rejects(hostile.labelResponse('get', {}), { reason: 'BUDGET_EXCEEDED' });
    first.resolve(labels);
    assert.equal(description(await answer), 'from the backend');
    assert.equal(other.backendCalls.length, 1);
    await Promise.all([hostile.close(), other.close()]);
  });

  it('leaves as many processes as there were', async () => {
    await sidecar.hasGuardProcesses(4);
  });

  async function openTwo(): Promise<[GuardStream, GuardStream]> {
    return [await sidecar.open('loops-or-asks'), await sidecar.open('loops-or-asks')];
  }
});

describe('the guard processes of a sidecar', () => {
  it('end by themselves when the sidecar is killed', async () => {
    await using sidecar = await RunningSidecar.serving({ 'answers-public': {}, 'calls-backend': {} });
    const stream = await sidecar.open('calls-backend');
    stream.answerBackend = () => new Promise(() => undefined);
    void stream.labelResource('get');
    await stream.backendCall();
    const pids = await sidecar.hasGuardProcesses(4);
    await sidecar.stop('SIGKILL');
    await Promise.all(pids.map(gone));
  });

  it('are gone when it has stopped, looping ones included', async () => {
    const limits = { cpuMs: 60_000, deadlineMs: 600_000 };
    await using sidecar = await RunningSidecar.serving({ loops: { limits } });
    const stream = await sidecar.open('loops');
    void stream.labelResponse('get', {});
    await sidecar.logged('looping');
    const pids = await sidecar.hasGuardProcesses(2);
    assert.deepEqual(await sidecar.stop('SIGTERM'), { code: 0, signal: null });
    assert.deepEqual(pids.filter(isAlive), []);
  });

  it('are gone when it is stopped while a guard loops in its start section', async () => {
    const limits = { cpuMs: 60_000, deadlineMs: 600_000 };
    const guests = { 'answers-public': {}, 'start-loops': { limits } };
    await using sidecar = await RunningSidecar.serving(guests, { isReady: 'guard loaded' });
    const pids = await sidecar.hasGuardProcesses(3);
    assert.equal((await sidecar.stop('SIGTERM')).code, 0);
    assert.deepEqual(pids.filter(isAlive), []);
  });
});

function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch {
    return false;
  }
}
