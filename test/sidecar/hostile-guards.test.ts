/** Guests that do what they should not: each question ends with the right reason, and the guard answers the next one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { GuardErrorCode } from '../../sidecar/guard-error.ts';
import { description, type GuardStream, json } from '../harness/guard-stream.ts';
import { type GuestSettings, RunningSidecar } from '../harness/running-sidecar.ts';

/** Little CPU time, and a deadline that nothing here reaches. */
const quick = { cpuMs: 150, deadlineMs: 60_000 };
const hog = { memoryPages: 8_192, residentMiB: 160, cpuMs: 60_000, deadlineMs: 60_000 };

interface Case extends GuestSettings {
  readonly ends: GuardErrorCode;
  readonly says?: RegExp;
  /** Of the question, in milliseconds. */
  readonly timeoutMs?: number;
  /** Whether the process of the guest has to go, too; perhaps, when the guest now runs and now sleeps. */
  readonly kills?: boolean | 'perhaps';
}

const cases: Record<string, Case> = {
  traps: { ends: 'GUARD_TRAPPED', says: /unreachable/ },
  exits: { ends: 'GUARD_TRAPPED', says: /exited with code 0/ },
  aborts: { ends: 'GUARD_TRAPPED', says: /aborted/ },
  'overflows-stack': { ends: 'GUARD_TRAPPED', says: /stack/ },
  'dealloc-traps': { ends: 'GUARD_TRAPPED', says: /unreachable/ },
  'answers-garbage': { ends: 'INVALID_OUTPUT' },
  'claims-too-much': { ends: 'GUARD_ERROR', says: /4194305 bytes into a buffer of 4194304/ },
  'returns-error': { ends: 'GUARD_ERROR', says: /error code -7/ },
  'wants-ever-larger': { ends: 'OUTPUT_LIMIT', says: /more than 16 MiB/ },
  loops: { ends: 'BUDGET_EXCEEDED', limits: quick, kills: true },
  'loops-past-deadline': {
    guest: 'loops',
    ends: 'DEADLINE_EXCEEDED',
    limits: { cpuMs: 60_000, deadlineMs: 60_000 },
    timeoutMs: 300,
    kills: true,
  },
  'tail-calls': { ends: 'BUDGET_EXCEEDED', limits: quick, kills: true },
  'fills-memory': { ends: 'BUDGET_EXCEEDED', limits: quick, kills: true },
  'fills-too-much-memory': { guest: 'fills-memory', ends: 'MEMORY_LIMIT', limits: hog, kills: true },
  naps: {
    ends: 'DEADLINE_EXCEEDED',
    limits: { cpuMs: 60_000, deadlineMs: 60_000 },
    timeoutMs: 300,
    kills: 'perhaps',
  },
  'naps-too-often': { guest: 'naps', ends: 'BUDGET_EXCEEDED', limits: quick, kills: 'perhaps' },
};

/** These fail in the call that follows label_resource. */
const failsWhenAskedAgain: Record<string, Case> = {
  'null-alloc': { ends: 'GUARD_ERROR', says: /alloc gave nothing for \d+ bytes/ },
  'alloc-loops': { ends: 'BUDGET_EXCEEDED', limits: quick, kills: true },
  'alloc-out-of-bounds': { ends: 'GUARD_ERROR', says: /outside of its memory/ },
  'alloc-gives-one-buffer': { ends: 'GUARD_ERROR', says: /overlap/ },
};

describe('a guest that', () => {
  let sidecar: RunningSidecar;
  before(async () => {
    const all = { ...cases, ...failsWhenAskedAgain };
    const settings = Object.entries(all).map(([name, { guest = name, limits }]) => [
      name,
      { guest, limits: limits ?? {} },
    ]);
    sidecar = await RunningSidecar.serving({ ...Object.fromEntries(settings), 'catches-everything': {} });
  });
  after(() => sidecar[Symbol.asyncDispose]());

  for (const [name, expected] of Object.entries(cases)) {
    it(`${name} ends with ${expected.ends}, and the next question is answered`, async () => {
      await endsAlone(name, expected, async () => undefined);
    });
  }

  for (const [name, expected] of Object.entries(failsWhenAskedAgain)) {
    it(`${name} ends with ${expected.ends}, and the next question is answered`, async () => {
      await endsAlone(name, expected, (stream) => stream.labelResource('get'));
    });
  }

  it('catches the exception that its cancel throws, and goes on, ends with its process', async () => {
    const [stream, neighbour] = [
      await sidecar.open('catches-everything'),
      await sidecar.open('catches-everything'),
    ];
    stream.answerBackend = () => new Promise(() => undefined);
    const caught = stream.labelResponse('get', {});
    await stream.backendCall();
    const before = sidecar.log.length;
    stream.cancel(1);
    await assert.rejects(caught, { reason: 'CANCELLED' });
    await sidecar.logged('its process ended: it burnt more CPU time than it may', before);
    await neighbour.labelResource('get');
    await stream.labelResource('get');
    await Promise.all([stream.close(), neighbour.close()]);
  });

  /** Two sessions: what the guest does to one of them, the other does not notice. */
  async function endsAlone(
    name: string,
    { ends, says = /./, kills = false, timeoutMs = 0 }: Case,
    prepare: (stream: GuardStream) => Promise<unknown>,
  ): Promise<void> {
    const [stream, neighbour] = [await sidecar.open(name), await sidecar.open(name)];
    const before = sidecar.log.length;
    await prepare(stream);
    const answer = stream.labelResponse('get', {}, { timeoutMs });
    await assert.rejects(answer, { reason: ends, message: says });
    await neighbour.labelResource('get');
    await stream.labelResource('get');
    if (kills !== 'perhaps') assert.equal(sidecar.log.includes('its process ended', before), kills);
    await Promise.all([stream.close(), neighbour.close()]);
  }
});

describe('a guest', () => {
  let sidecar: RunningSidecar;
  before(async () => {
    sidecar = await RunningSidecar.serving({
      'answers-nothing': {},
      'wants-a-larger-buffer': {},
      'calls-backend-10000-times': { limits: { cpuMs: 20_000, deadlineMs: 60_000 } },
      'repeats-small-buffer': {},
      sleeps: { limits: { cpuMs: 100 } },
      'grows-memory': {},
      'start-calls-backend': {},
      'needs-initialize': {},
      'initialize-calls-backend': {},
      'no-alloc': {},
    });
  });
  after(() => sidecar[Symbol.asyncDispose]());

  it('that answers label_resource with nothing has made an error', async () => {
    const stream = await sidecar.open('answers-nothing');
    await assert.rejects(stream.labelResource('get'), { reason: 'GUARD_ERROR', message: /with nothing/ });
    assert.deepEqual(await stream.labelResponse('get', {}), {
      $case: 'response',
      value: { form: undefined },
    });
    await stream.close();
  });

  it('that wants a larger buffer is asked again with at least what it said', async () => {
    const stream = await sidecar.open('wants-a-larger-buffer');
    assert.equal(description(await stream.labelResource('get')), '2');
    await stream.close();
  });

  it('that asks the backend 10,000 times reaches it 50 times, and gets RESOURCE_EXHAUSTED from then on', async () => {
    const stream = await sidecar.open('calls-backend-10000-times');
    stream.answerBackend = () => json({});
    assert.equal(description(await stream.labelResource('get')), '-8');
    assert.equal(stream.backendCalls.length, 50);
    await stream.close();
  });

  it('that repeats a backend call with a larger buffer is answered from the first one', async () => {
    const stream = await sidecar.open('repeats-small-buffer');
    stream.answerBackend = () => json({ resource: { description: 'large' } });
    assert.equal(description(await stream.labelResource('get')), 'large');
    assert.equal(stream.backendCalls.length, 1);
    assert.equal(description(await stream.labelResource('get')), 'large');
    assert.equal(stream.backendCalls.length, 2);
    await stream.close();
  });

  it('that sleeps for longer than its CPU time burns none', async () => {
    const stream = await sidecar.open('sleeps');
    await Promise.all([stream.labelResource('get'), stream.labelResource('get')]);
    await stream.close();
  });

  it('that asks for 4 GiB of memory gets none, and goes on', async () => {
    const stream = await sidecar.open('grows-memory');
    assert.equal(description(await stream.labelResource('get')), '-1');
    await stream.close();
  });

  it('that asks the backend in its start section gets INTERNAL, and its sleep there is over at once', async () => {
    const stream = await sidecar.open('start-calls-backend');
    assert.equal(description(await stream.labelResource('get')), '-1');
    assert.equal(stream.backendCalls.length, 0);
    await stream.close();
  });

  it('that exports _initialize has it called once', async () => {
    const stream = await sidecar.open('needs-initialize');
    assert.equal(description(await stream.labelResource('get')), '1');
    assert.equal(description(await stream.labelResource('get')), '1');
    await stream.close();
  });

  it('may ask the backend in _initialize', async () => {
    const stream = sidecar.stream();
    stream.answerBackend = () => json({ resource: { description: 'from the start' } });
    await stream.open('initialize-calls-backend');
    assert.equal(description(await stream.labelResource('get')), 'from the start');
    assert.equal(stream.backendCalls.length, 1);
    await stream.close();
  });

  it('without an allocator gets its buffers at the end of its memory', async () => {
    const stream = await sidecar.open('no-alloc');
    assert.equal(description(await stream.labelResource('get')), 'ends with }');
    assert.equal(
      description(await stream.labelResource('get', { text: 'x'.repeat(1_000_000) })),
      'ends with }',
    );
    await stream.close();
    await (await sidecar.open('no-alloc')).close();
    const warnings = sidecar.logLines.filter(({ guard, level }) => guard === 'no-alloc' && level === 'warn');
    assert.equal(warnings.length, 1);
  });
});
