import assert from 'node:assert/strict';
import { kill } from 'node:process';
import { describe, it } from 'node:test';
import { maxTurnsAhead } from '../../../sidecar/limits.ts';
import { GuardPool } from '../../../sidecar/process/guard-pool.ts';
import type { Turn, TurnResult } from '../../../sidecar/process/running-turn.ts';
import type { Seat } from '../../../sidecar/process/seat.ts';
import { SeatVisit } from '../../../sidecar/process/seat-visit.ts';
import { childrenOf } from '../../harness/child-processes.ts';
import { guardProgram } from '../../harness/guard-program.ts';

const never = new AbortController().signal;

/** One turn of a labeling of its own. */
async function turnAt(seat: Seat, turn: Turn): Promise<TurnResult> {
  using visit = new SeatVisit(seat, {});
  return await visit.turn(turn, never);
}

describe('a pool of guard processes', () => {
  it('leaves none when it is closed', async () => {
    const pool = await GuardPool.start(await guardProgram('answers-public'), never);
    while (pool.pids.length < 2) await new Promise((resolve) => setImmediate(resolve));
    const { pids } = pool;
    await pool.close();
    assert.deepEqual(pids.filter(isAlive), []);
  });

  it('leaves none when it is closed, be they serving, starting or just killed', async () => {
    const pool = await GuardPool.start(await guardProgram('answers-public', { processes: 3 }), never);
    const [first] = pool.pids;
    kill(first ?? 0, 'SIGKILL');
    const pids = await childrenOf(process.pid);
    await pool.close();
    assert.deepEqual(pids.filter(isAlive), []);
    assert.deepEqual(await childrenOf(process.pid), []);
  });

  it('leaves none when its guard does not load', async () => {
    const starting = GuardPool.start(await guardProgram('start-loops', { cpuMs: 50 }), never);
    await assert.rejects(starting, { code: 'GUARD_UNAVAILABLE', message: /more CPU time/ });
    assert.deepEqual(await childrenOf(process.pid), []);
  });

  it('leaves none when it is stopped before its guard has loaded', async () => {
    const stopping = new AbortController();
    const endless = { cpuMs: 60_000, deadlineMs: 600_000 };
    const starting = GuardPool.start(await guardProgram('start-loops', endless), stopping.signal);
    stopping.abort();
    await assert.rejects(starting, { code: 'SHUTTING_DOWN' });
    assert.deepEqual(await childrenOf(process.pid), []);
  });

  it('gives seats to no more processes than its limit says, the least busy first', async () => {
    const pool = await GuardPool.start(await guardProgram('answers-public', { processes: 2 }), never);
    try {
      const [one, two] = [await pool.seat(never), await pool.seat(never)];
      assert.equal(one, two);
      const turn = { request: { op: 'drop', instances: [] }, cpuMs: 1_000 } as const;
      const busy = turnAt(one, turn);
      while (pool.pids.length < 3) await new Promise((resolve) => setImmediate(resolve));
      await busy;
      const running = turnAt(one, turn);
      const other = await pool.seat(never);
      assert.notEqual(other, one);
      const runningToo = turnAt(other, turn);
      // The third one is the spare: it waits for one of the others to die.
      assert.ok([one, other].includes(await pool.seat(never)));
      await Promise.all([running, runningToo]);
    } finally {
      await pool.close();
    }
  });

  it('takes no turn whose signal was aborted before, and the process goes on', async () => {
    const pool = await GuardPool.start(await guardProgram('answers-public'), never);
    try {
      const { process: guard } = await pool.seat(never);
      const turn = { request: { op: 'drop', instances: [] }, cpuMs: 1_000 } as const;
      await assert.rejects(guard.turn(turn, AbortSignal.abort()), { code: 'DEADLINE_EXCEEDED' });
      const turns = Array.from({ length: maxTurnsAhead }, () => guard.turn(turn, never));
      await assert.rejects(guard.turn(turn, never), { code: 'INTERNAL', message: /more turns at once/ });
      await Promise.all(turns);
    } finally {
      await pool.close();
    }
  });

  it('lets who waits for a seat go when their time is up', async () => {
    const pool = await GuardPool.start(await guardProgram('answers-public'), never);
    try {
      const ending = new AbortController();
      for (const pid of pool.pids) kill(pid, 'SIGKILL');
      while (pool.pids.length > 0) await new Promise((resolve) => setImmediate(resolve));
      const seat = pool.seat(ending.signal);
      ending.abort(new Error('too late'));
      await assert.rejects(seat, /too late/);
    } finally {
      await pool.close();
    }
    await assert.rejects(pool.seat(never), { code: 'SHUTTING_DOWN' });
  });

  it('replaces a process that is worn out by a spare, once what it holds has ended', async () => {
    const pool = await GuardPool.start(await guardProgram('answers-public', { recycleCalls: 1 }), never);
    try {
      const seat = await pool.seat(never);
      const instance = seat.newInstance();
      const request = { op: 'call', instance, export: 'label_resource' } as const;
      const turn = { request, payload: Buffer.from('{}'), cpuMs: 1_000 };
      await turnAt(seat, turn);
      while (seat.isOpen) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal(pool.status.find(({ role }) => role === 'retiring')?.pid, seat.process.pid);
      assert.notEqual(await pool.seat(never), seat);
      await turnAt(seat, turn);
      seat.letGo();
      await seat.process.exited;
      assert.equal(pool.status.filter(({ role }) => role === 'retiring').length, 0);
    } finally {
      await pool.close();
    }
  });

  it('holds no more instances in one process than it may', async () => {
    const pool = await GuardPool.start(await guardProgram('answers-public', { instances: 2 }), never);
    try {
      const seat = await pool.seat(never);
      seat.newInstance();
      seat.newInstance();
      assert.throws(() => seat.newInstance(), { code: 'QUEUE_FULL' });
      seat.letGo();
      seat.newInstance();
    } finally {
      await pool.close();
    }
  });
});

/** One that is dead counts as long as nobody has waited for it. */
function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch {
    return false;
  }
}
