/** Part D: guests that want all the memory there is, and allocators that are none. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { residentBytes } from '../../../sidecar/process/process-usage.ts';
import { description, type GuardStream, json, type Labels } from '../../harness/guard-stream.ts';
import { type HostileEnd, HostileGuards } from '../../harness/hostile-guards.ts';

const quick = { cpuMs: 60, deadlineMs: 60_000 };
const hog = { memoryPages: 8_192, residentMiB: 160, cpuMs: 60_000, deadlineMs: 60_000 };
const MiB = 1024 * 1024;

const askBefore = (stream: GuardStream) => stream.labelResource('get');
const burns = { ends: 'BUDGET_EXCEEDED', says: /more CPU time/, kills: true } as const;

const cases: Record<string, HostileEnd & { readonly guest: string }> = {
  'D2 fills more memory than its process may have': {
    guest: 'fills-memory',
    ends: 'MEMORY_LIMIT',
    says: /^its process needs more than 160 MiB of memory$/,
    kills: true,
  },
  'D6 has an allocator that gives nothing': {
    guest: 'null-alloc',
    prepare: askBefore,
    ends: 'GUARD_ERROR',
    says: /^alloc gave nothing for \d+ bytes$/,
  },
  'D6 has an allocator that gives a negative pointer': {
    guest: 'alloc-out-of-bounds',
    prepare: askBefore,
    ends: 'GUARD_ERROR',
    says: /outside of its memory/,
  },
  'D6 has an allocator that gives the same buffer twice': {
    guest: 'alloc-gives-one-buffer',
    prepare: askBefore,
    ends: 'GUARD_ERROR',
    says: /overlap/,
  },
  'D6 has an allocator that gives what lies beyond its memory': {
    guest: 'alloc-gives-what-it-was-told',
    prepare: (stream) => stream.labelResource('10485761'),
    ends: 'GUARD_ERROR',
    says: /outside of its memory/,
  },
  'D6 has an allocator that gives the last bytes of its memory': {
    guest: 'alloc-gives-what-it-was-told',
    prepare: (stream) => stream.labelResource('10485750'),
    ends: 'GUARD_ERROR',
    says: /outside of its memory/,
  },
  'D6 has an allocator whose output does not fit': {
    guest: 'alloc-gives-what-it-was-told',
    prepare: (stream) => stream.labelResource('4194305'),
    ends: 'GUARD_ERROR',
    says: /4194304 bytes at 6291457 of 10485760/,
  },
  'D6 has an allocator whose buffers overlap': {
    guest: 'alloc-gives-what-it-was-told',
    prepare: (stream) => stream.labelResource('65536'),
    asks: (stream) => stream.labelResponse('get', { text: 'x'.repeat(3 * MiB) }),
    ends: 'GUARD_ERROR',
    says: /overlap/,
  },
  'D7 has an allocator that loops': { guest: 'alloc-loops', prepare: askBefore, ...burns },
  'D7 has an allocator that traps': {
    guest: 'alloc-traps',
    prepare: askBefore,
    ends: 'GUARD_TRAPPED',
    says: /^unreachable$/,
  },
  'D8 traps when it gets a buffer back': {
    guest: 'dealloc-traps',
    ends: 'GUARD_TRAPPED',
    says: /^unreachable$/,
  },
  'D8 loops when it gets a buffer back': { guest: 'dealloc-loops', ...burns },
};

describe('a guest that', () => {
  let guards: HostileGuards;
  before(async () => {
    guards = await HostileGuards.serving({
      'fills-memory': { limits: hog },
      'waits-with-much-memory': { limits: hog },
      'grows-memory': {},
      'grows-to-the-limit': { limits: { memoryPages: 100 } },
      'grows-table-to-the-limit': { limits: { tableEntries: 5_001 } },
      'leaks-a-MiB-a-call': {},
      'never-frees': {},
      'null-alloc': {},
      'alloc-out-of-bounds': {},
      'alloc-gives-one-buffer': {},
      'alloc-gives-what-it-was-told': {},
      'alloc-loops': { limits: quick },
      'alloc-traps': {},
      'alloc-asks-backend': {},
      'alloc-grows-memory': {},
      'dealloc-traps': {},
      'dealloc-loops': { limits: quick },
      'no-alloc': {},
    });
  });
  after(() => guards[Symbol.asyncDispose]());

  for (const [name, { guest, ...end }] of Object.entries(cases)) {
    it(`${name} ends with ${end.ends}, and the next question is answered`, async () => {
      await guards.endsAlone(guest, end);
    });
  }

  it('D1 grows its memory to the limit gets it all, and not a page more', async () => {
    assert.equal(await answerOf('grows-to-the-limit'), '100');
  });

  it('D1 asks for 4 GiB of memory gets none, and goes on', async () => {
    assert.equal(await answerOf('grows-memory'), '-1');
  });

  it('D2 touches 20 MiB in each of 20 instances ends with its process, and the next questions are answered', async () => {
    const [stream, neighbour] = [
      await guards.sidecar.open('waits-with-much-memory'),
      await guards.sidecar.open('waits-with-much-memory'),
    ];
    stream.answerBackend = () => new Promise(() => undefined);
    const before = guards.sidecar.log.length;
    const questions = Array.from({ length: 20 }, () => stream.labelResponse('get', {}));
    await guards.sidecar.logged('its process ended: its process needs more than 160 MiB of memory', before);
    await neighbour.labelResource('get');
    for (let id = 1; id <= 20; id++) stream.cancel(id);
    const ends = await Promise.all(questions.map(reasonOf));
    // The one that ran, those that were lost with it for a second time, and those that were run again.
    const expected = new Set(['MEMORY_LIMIT', 'PROCESS_LOST', 'CANCELLED']);
    assert.deepEqual(
      ends.filter((end) => !expected.has(end)),
      [],
    );
    await stream.labelResource('get');
    await Promise.all([stream.close(), neighbour.close()]);
    await guards.isWhole();
  });

  it('D3 grows its memory in each alloc reads its whole input', async () => {
    assert.equal(await answerOf('alloc-grows-memory'), '125');
  });

  it('D4 hoards references gets as many entries as its table may have', async () => {
    assert.equal(await answerOf('grows-table-to-the-limit'), '5001');
  });

  it('D5 leaks a MiB in each of 200 calls is answered, and its process does not grow with them', async () => {
    const pids = await guards.sidecar.guardProcesses();
    const stream = await guards.sidecar.open('leaks-a-MiB-a-call');
    for (let call = 0; call < 200; call++) await stream.labelResource('get');
    const largest = Math.max(...pids.map((pid) => residentBytes(pid) ?? 0));
    assert.ok(largest < 256 * MiB, `${largest} bytes are resident`);
    await stream.close();
    await guards.isWhole();
  });

  it('D5 never frees a buffer is answered: an instance that has little memory left is replaced', async () => {
    const stream = await guards.sidecar.open('never-frees');
    for (let call = 0; call < 30; call++) await stream.labelResource('get');
    await stream.close();
  });

  it('D6 has an allocator that gives odd pointers is answered', async () => {
    const stream = await guards.sidecar.open('alloc-gives-what-it-was-told');
    await stream.labelResource('1048577');
    await stream.labelResponse('get', {});
    await stream.close();
  });

  it('D7 asks the backend in alloc waits for it, and another question gets another instance', async () => {
    const stream = guards.sidecar.stream();
    stream.answerBackend = () => json({});
    await stream.open('alloc-asks-backend');
    const answer = Promise.withResolvers<ReturnType<typeof json>>();
    stream.answerBackend = () => answer.promise;
    const before = stream.backendCalls.length;
    const answers = [stream.labelResource('get'), stream.labelResource('get')];
    await stream.backendCall(before + 2);
    answer.resolve(json({}));
    await Promise.all(answers);
    await stream.close();
  });

  it('D6 has no allocator gets its buffers at the end of its memory', async () => {
    const stream = await guards.sidecar.open('no-alloc');
    assert.equal(description(await stream.labelResource('get')), 'ends with }');
    const large = { text: 'x'.repeat(1_000_000) };
    assert.equal(description(await stream.labelResource('get', large)), 'ends with }');
    await stream.close();
    await (await guards.sidecar.open('no-alloc')).close();
    const warnings = guards.sidecar.logLines.filter(
      ({ guard, level }) => guard === 'no-alloc' && level === 'warn',
    );
    assert.equal(warnings.length, 1);
  });

  async function answerOf(guard: string): Promise<string | undefined> {
    const stream = await guards.sidecar.open(guard);
    const labels = await stream.labelResource('get');
    await stream.close();
    return description(labels);
  }
});

function reasonOf(answer: Promise<Labels>): Promise<string> {
  return answer.then(
    () => 'answered',
    (error) => error.reason,
  );
}
