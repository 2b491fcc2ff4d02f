/** Part C: guests that never return. Much of this V8 cannot interrupt in a thread: the process is killed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { description } from '../../harness/guard-stream.ts';
import { type HostileEnd, HostileGuards } from '../../harness/hostile-guards.ts';
import type { GuestSettings } from '../../harness/running-sidecar.ts';

/** Little CPU time, and a deadline that nothing here reaches. */
const quick = { cpuMs: 60, deadlineMs: 60_000 };
/** A deadline for the question alone, and CPU time that nothing here uses up. */
const slow = { cpuMs: 60_000, deadlineMs: 60_000 };

interface Case extends HostileEnd {
  /** The file under test/guards, without its settings. */
  readonly guest: string;
  readonly limits: GuestSettings['limits'];
}

const burns = (guest: string): Case => ({
  guest,
  limits: quick,
  ends: 'BUDGET_EXCEEDED',
  says: /^it burnt more CPU time than it may$/,
  kills: true,
});

const outlives = (guest: string, kills: Case['kills'] = true): Case => ({
  guest,
  limits: slow,
  ends: 'DEADLINE_EXCEEDED',
  says: /^the labeling did not end within 100 ms$/,
  asks: (stream) => stream.labelResponse('get', {}, { timeoutMs: 100 }),
  kills,
});

const cases: Record<string, Case> = {
  'C1 loops for ever': burns('loops'),
  'C1 loops past its deadline': outlives('loops'),
  'C1 counts to 2 to the 63, in a loop that counts to 2 to the 63': burns('counts-for-ever'),
  'C1 counts past its deadline': outlives('counts-for-ever'),
  'C2 makes 2 to the 64 calls without a loop': burns('calls-itself-twice'),
  'C2 makes calls past its deadline': outlives('calls-itself-twice'),
  'C6 fills all of its memory, again and again': burns('fills-memory'),
  'C6 fills its memory past its deadline': outlives('fills-memory'),
  'C6 copies all of its memory, again and again': burns('copies-memory'),
  'C6 copies a data segment, again and again': burns('inits-memory'),
  'C8 grows by nothing, again and again': burns('grows-by-nothing'),
  'C8 grows page by page, whether it gets one or not': burns('grows-page-by-page'),
  'C9 fills its table, again and again': burns('fills-table'),
  'C9 copies its table, again and again': burns('copies-table'),
  'C9 grows its table, whether it gets an entry or not': burns('grows-table'),
  'C10 asks its backend for ever with pointers out of bounds': burns('asks-badly-for-ever'),
  'C16 misses the cache for ever, with CPU time to spare': outlives('chases-pointers'),
  'C16 sleeps for a moment, again and again, past its deadline': outlives('naps', 'perhaps'),
};

describe('a guest that', () => {
  let guards: HostileGuards;
  before(async () => {
    const all = Object.values(cases).map(({ guest, limits = {} }) => [
      nameOf(guest, limits),
      { guest, limits },
    ]);
    guards = await HostileGuards.serving({
      ...Object.fromEntries(all),
      'logs-for-ever-quickly': { guest: 'logs-for-ever', limits: quick },
      'naps-quickly': { guest: 'naps', limits: { ...quick, cpuMs: 20 } },
      'fills-memory-once': {},
      sleeps: { limits: { cpuMs: 100 } },
    });
  });
  after(() => guards[Symbol.asyncDispose]());

  for (const [name, { guest, limits = {}, ...end }] of Object.entries(cases)) {
    it(`${name} ends with ${end.ends}, and the next question is answered`, async () => {
      await guards.endsAlone(nameOf(guest, limits), end);
    });
  }

  it('C1 sleeps for a moment, again and again, ends with BUDGET_EXCEEDED when that has taken its CPU time', async () => {
    const end: HostileEnd = { ends: 'BUDGET_EXCEEDED', says: /more CPU time/, kills: 'perhaps' };
    await guards.endsAlone('naps-quickly', end);
  });

  it('C7 fills all of its memory with one instruction is answered', async () => {
    const stream = await guards.sidecar.open('fills-memory-once');
    assert.equal(description(await stream.labelResource('get')), '512');
    await stream.close();
  });

  it('C10 logs for ever fills no log: 1,000 lines are written', async () => {
    const before = guards.sidecar.log.length;
    await guards.endsAlone(nameOf('logs-for-ever', quick), burns('logs-for-ever'));
    assert.equal(guards.sidecar.log.slice(before).match(/"message":"again"/g)?.length, 1_000);
  });

  it('C16 that sleeps for longer than its CPU time burns none', async () => {
    const stream = await guards.sidecar.open('sleeps');
    await Promise.all([stream.labelResource('get'), stream.labelResource('get')]);
    await stream.close();
  });
});

/** One guard serves all cases with the same guest and limits. */
function nameOf(guest: string, limits: object): string {
  return limits === quick ? `${guest}-quickly` : guest;
}
