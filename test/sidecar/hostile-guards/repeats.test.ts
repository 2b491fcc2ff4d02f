/** What hostile guests leave behind after a hundred repeats of each: nothing. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { residentBytes } from '../../../sidecar/process/process-usage.ts';
import { type GuardStream, json, type Labels } from '../../harness/guard-stream.ts';
import { HostileGuards } from '../../harness/hostile-guards.ts';
import { LocalSidecar } from '../../harness/local-sidecar.ts';

const repeats = 100;
const MiB = 1024 * 1024;
/** A quarter of a MiB goes in: a sidecar that kept one input a call would grow by 25 MiB with each case. */
const large = { text: 'x'.repeat(MiB / 4) };

interface Case {
  readonly ends: string;
  readonly asks?: (stream: GuardStream) => Promise<Labels>;
}

const askForResponse = (stream: GuardStream) => stream.labelResponse('get', large);

/** None of them costs a process. */
const cases: Record<string, Case> = {
  traps: { ends: 'GUARD_TRAPPED' },
  exits: { ends: 'GUARD_TRAPPED' },
  'overflows-stack': { ends: 'GUARD_TRAPPED' },
  'dealloc-traps': { ends: 'GUARD_TRAPPED' },
  'answers-garbage': { ends: 'INVALID_OUTPUT' },
  'claims-too-much': { ends: 'GUARD_ERROR' },
  'returns-error': { ends: 'GUARD_ERROR' },
  'wants-ever-larger': { ends: 'OUTPUT_LIMIT' },
  'echoes-backend': {
    ends: 'INVALID_OUTPUT',
    asks: (stream) => {
      stream.answerBackend = () => json([large]);
      return askForResponse(stream);
    },
  },
  'reports-backend-error': {
    ends: 'answered',
    asks: (stream) => {
      stream.answerBackend = () => ({ $case: 'error', value: { code: 5, message: 'away', retryAfterMs: 0 } });
      return stream.labelResource('get', large);
    },
  },
  'calls-backend': {
    ends: 'CANCELLED',
    asks: async (stream) => {
      stream.answerBackend = () => new Promise(() => undefined);
      const answer = stream.labelResource('get', large);
      await stream.backendCall();
      stream.cancel(stream.lastId);
      return answer;
    },
  },
};

const guests = Object.fromEntries(
  Object.keys(cases).map((name) => [name, { limits: { cpuMs: 20_000, deadlineMs: 60_000 } }]),
);

describe('a hundred repeats of what costs no process leave', () => {
  let guards: HostileGuards;
  before(async () => {
    guards = await HostileGuards.serving(guests);
  });
  after(() => guards[Symbol.asyncDispose]());

  it('no instance, descriptor, process or memory of the sidecar', async () => {
    const { pid = 0 } = guards.sidecar.child;
    for (const [name, each] of Object.entries(cases)) await repeat(guards.sidecar, { name, ...each }, 5);
    await guards.isWhole();
    const ended = endedProcesses();
    const [descriptors, bytes] = [await descriptorsOf(pid), residentBytes(pid) ?? 0];
    for (const [name, each] of Object.entries(cases)) {
      await repeat(guards.sidecar, { name, ...each }, repeats);
    }
    await guards.isWhole();
    assert.deepEqual(endedProcesses(), ended);
    assert.deepEqual(await descriptorsOf(pid), descriptors);
    const growth = (residentBytes(pid) ?? 0) - bytes;
    assert.ok(growth < 150 * MiB, `it grew by ${Math.round(growth / MiB)} MiB`);
  });

  function endedProcesses(): string[] {
    return guards.sidecar.logLines.flatMap(({ guard, message }) =>
      message.startsWith('its process ') && !message.includes('is ready') ? `${guard}: ${message}` : [],
    );
  }
});

describe('repeats of what costs no process leave, in the books of the sidecar,', () => {
  let sidecar: LocalSidecar;
  before(async () => {
    sidecar = await LocalSidecar.serving(guests);
  });
  after(() => sidecar[Symbol.asyncDispose]());

  it('no instance, labeling, session, turn or timer', async () => {
    for (const [name, each] of Object.entries(cases)) await repeat(sidecar, { name, ...each }, 1);
    await booksAreEmpty();
    const timers = timersNow();
    // A timer that one call left would be there twenty times for each case.
    for (const [name, each] of Object.entries(cases)) await repeat(sidecar, { name, ...each }, 20);
    await booksAreEmpty();
    // Deadlines are a minute: those of questions that are over would still be there.
    assert.ok(timersNow() <= timers + 2, `${timersNow()} timers, and there were ${timers}`);
    for (const { name, counts } of sidecar.guards) assert.equal(counts.kills, 0, name);
  });

  /** The last instances are dropped after their sessions have ended. */
  async function booksAreEmpty(): Promise<void> {
    const deadline = performance.now() + 30_000;
    for (;;) {
      const left = sidecar.guards.filter(({ live }) => {
        const { sessions, queued, labelings, instances, idleInstances } = live;
        return sessions + queued + labelings + instances + idleInstances > 0;
      });
      if (left.length === 0) return;
      assert.ok(performance.now() < deadline, JSON.stringify(left.map(({ name, live }) => ({ name, live }))));
      await delay(10);
    }
  }
});

describe('a hundred kills leave', () => {
  let guards: HostileGuards;
  before(async () => {
    guards = await HostileGuards.serving({ loops: { limits: { cpuMs: 30, deadlineMs: 60_000 } } });
  });
  after(() => guards[Symbol.asyncDispose]());

  it('no descriptor, process or memory of the sidecar', async () => {
    const { pid = 0 } = guards.sidecar.child;
    const kill = { name: 'loops', ends: 'BUDGET_EXCEEDED' };
    await repeat(guards.sidecar, kill, 5);
    await guards.isWhole();
    await guards.sidecar.hasReadyProcesses(4);
    const [descriptors, bytes] = [await descriptorsOf(pid), residentBytes(pid) ?? 0];
    await repeat(guards.sidecar, kill, repeats);
    await guards.isWhole();
    await guards.sidecar.hasReadyProcesses(4);
    assert.deepEqual(await descriptorsOf(pid), descriptors);
    const growth = (residentBytes(pid) ?? 0) - bytes;
    assert.ok(growth < 100 * MiB, `it grew by ${Math.round(growth / MiB)} MiB`);
  });
});

/** A session for each: it fails, and is answered when it asks next. */
async function repeat(
  sidecar: { open(guard: string): Promise<GuardStream> },
  { name, ends, asks = askForResponse }: Case & { readonly name: string },
  times: number,
): Promise<void> {
  for (let time = 0; time < times; time++) {
    const stream = await sidecar.open(name);
    const end = await asks(stream).then(
      () => 'answered',
      (error) => error.reason,
    );
    assert.equal(end, ends, name);
    stream.answerBackend = () => json({ resource: {} });
    await stream.labelResource('get');
    await stream.close();
  }
}

/** How many of each kind: sockets, pipes, files. */
async function descriptorsOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

function timersNow(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}
