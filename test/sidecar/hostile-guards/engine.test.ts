/**
 * Part C: what is refused at load, since no guard needs it, and would end with its process all the same: tail calls, which
 * V8 cannot interrupt in a thread, exceptions, which catch what the host throws, and atomics.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { GuardError } from '../../../sidecar/guard-error.ts';
import type { Request } from '../../../sidecar/guest/protocol.ts';
import { GuardProcess } from '../../../sidecar/process/guard-process.ts';
import { childrenOf } from '../../harness/child-processes.ts';
import { guardProgram } from '../../harness/guard-program.ts';
import { HostileGuards } from '../../harness/hostile-guards.ts';

const never = new AbortController().signal;
const ask: Request = { op: 'call', instance: 1, export: 'label_response' };

const endless: Readonly<Record<string, string>> = {
  'C5 calls itself in tail position': 'tail-calls',
  'C5 has two functions call each other in tail position': 'tail-calls-mutually',
  'C5 calls itself in tail position through its table': 'tail-calls-indirectly',
  'C12 wakes threads that are not there': 'notifies-for-ever',
};

describe('a guest that', () => {
  let guards: HostileGuards;
  before(async () => {
    const looping = Object.values(endless).map((guest) => [guest, {}]);
    guards = await HostileGuards.serving({
      ...Object.fromEntries(looping),
      'catches-everything': {},
      'waits-on-memory': {},
    });
  });
  after(() => guards[Symbol.asyncDispose]());

  for (const [name, guest] of Object.entries(endless)) {
    it(`${name} is refused at load`, async () => {
      await guards.opensNot(guest, 'GUARD_UNAVAILABLE', /is unavailable: it uses (tail calls|threads)/);
    });

    it(`${name} is killed in its process`, async () => {
      await using guard = await started(guest);
      const turn = guard.process.turn({ request: ask, payload: Buffer.from('{}'), cpuMs: 60 }, never);
      await assert.rejects(turn, { code: 'BUDGET_EXCEEDED' });
      await guard.process.exited;
      assert.deepEqual(await childrenOf(process.pid), [guards.sidecar.child.pid]);
    });
  }

  it('C11 catches the exception that its cancel throws is refused at load', async () => {
    const says = /is unavailable: it uses exceptions/;
    await guards.opensNot('catches-everything', 'GUARD_UNAVAILABLE', says);
  });

  it('C11 catches whatever the host throws is killed in its process when its call is to end', async () => {
    await using guard = await started('catches-everything');
    const { reply } = await guard.process.turn(
      { request: ask, payload: Buffer.from('{}'), cpuMs: 1_000 },
      never,
    );
    assert.equal(reply.kind, 'backend_call');
    const drop = guard.process.turn({ request: { op: 'drop', instances: [1] }, cpuMs: 60 }, never);
    await assert.rejects(drop, { code: 'BUDGET_EXCEEDED' });
    await guard.process.exited;
  });

  it('C12 waits on memory that nobody shares is refused at load', async () => {
    await guards.opensNot('waits-on-memory', 'GUARD_UNAVAILABLE', /is unavailable: it uses threads/);
  });

  it('C12 waits on memory that nobody shares is trapped in its process', async () => {
    await using guard = await started('waits-on-memory');
    const turn = { request: ask, payload: Buffer.from('{}'), cpuMs: 1_000 };
    const { reply } = await guard.process.turn(turn, never);
    assert.ok(reply.kind === 'failed' && reply.code === 'GUARD_TRAPPED', reply.kind);
    assert.ok(guard.process.isAlive);
  });
});

/** A guard process whose module nobody has looked at. */
async function started(guest: string): Promise<{ process: GuardProcess } & AsyncDisposable> {
  const process = await GuardProcess.start(await guardProgram(guest), never);
  return {
    process,
    [Symbol.asyncDispose]: async () => {
      process.kill(new GuardError('SHUTTING_DOWN', 'the test is over'));
      await process.exited;
    },
  };
}
