/** Part G: guests that fail, sessions that share a process, and processes that die. */
import assert from 'node:assert/strict';
import { kill } from 'node:process';
import { after, before, describe, it } from 'node:test';
import { description, type GuardStream, json } from '../../harness/guard-stream.ts';
import { HostileGuards, hasEnd } from '../../harness/hostile-guards.ts';
import { RunningSidecar } from '../../harness/running-sidecar.ts';

const endless = { cpuMs: 60_000, deadlineMs: 600_000 };

describe('a guard', () => {
  let guards: HostileGuards;
  before(async () => {
    guards = await HostileGuards.serving({
      traps: {},
      'counts-calls-and-garbles': {},
      'finds-secrets': {},
      'finds-secrets-anew': { guest: 'finds-secrets', limits: { idleInstances: 0 } },
      'calls-backend': {},
      full: { guest: 'loops', limits: { ...endless, queueLength: 2 } },
      first: {
        guest: 'remembers-policy',
        policy: { resource: { description: 'the first' } },
      },
      second: {
        guest: 'remembers-policy',
        policy: { resource: { description: 'the second' } },
      },
      small: { guest: 'grows-to-the-limit', limits: { memoryPages: 100 } },
      large: { guest: 'grows-to-the-limit', limits: { memoryPages: 300 } },
    });
  });
  after(() => guards[Symbol.asyncDispose]());

  it('G1 whose guest trapped answers the next question, by a fresh instance', async () => {
    await guards.endsAlone('traps', { ends: 'GUARD_TRAPPED', says: /^unreachable$/ });
    const stream = await guards.sidecar.open('counts-calls-and-garbles');
    assert.equal(description(await stream.labelResource('get')), '1');
    await assert.rejects(stream.labelResponse('get', {}), hasEnd('INVALID_OUTPUT', /must be a JSON object/));
    assert.equal(description(await stream.labelResource('get')), '1');
    await stream.close();
  });

  it('G2 whose guest traps in every call of a session pauses for that one, and recovers', async () => {
    const [stream, neighbour] = [await guards.sidecar.open('traps'), await guards.sidecar.open('traps')];
    const ends: string[] = [];
    for (let call = 0; call < 10; call++) {
      const error = await stream.labelResponse('get', {}).catch((error) => error);
      ends.push(error.reason);
      await neighbour.labelResource('get');
    }
    assert.deepEqual(ends.slice(0, 3), Array(3).fill('GUARD_TRAPPED'));
    assert.ok(ends.includes('GUARD_UNAVAILABLE'), ends.join(' '));
    // Nothing is ever answered instead.
    assert.deepEqual(new Set(ends), new Set(['GUARD_TRAPPED', 'GUARD_UNAVAILABLE']));
    const pause =
      /^it failed \d+ times in a row for this session \(last: unreachable\); ask again in \d+ ms$/;
    let isPaused = true;
    while (isPaused) {
      isPaused = await stream.labelResource('get').then(
        () => false,
        (error) => hasEnd('GUARD_UNAVAILABLE', pause)(error),
      );
    }
    await Promise.all([stream.close(), neighbour.close()]);
    await guards.isWhole();
  });

  for (const name of ['finds-secrets', 'finds-secrets-anew']) {
    it(`G6 shows nothing of one session to another (${name})`, async () => {
      const told = await guards.sidecar.open(name);
      // Far behind what the next questions write over it.
      const secret = { padding: 'x'.repeat(10_000), secret: 'S3CR3T!!' };
      assert.notEqual(description(await told.labelResource('get', secret)), '0');
      const others = await Promise.all(Array.from({ length: 5 }, () => guards.sidecar.open(name)));
      for (const other of others) assert.equal(description(await other.labelResource('get')), '0');
      await told.close();
      const later = await guards.sidecar.open(name);
      assert.equal(description(await later.labelResource('get')), '0');
      await Promise.all([...others, later].map((stream) => stream.close()));
    });
  }

  it('G7 whose process and line are full is full alone', async () => {
    const well = await guards.sidecar.open('calls-backend');
    const others: GuardStream[] = [];
    // One after another: openings wait in the same line.
    for (let session = 0; session < 6; session++) others.push(await guards.sidecar.open('full'));
    well.answerBackend = () => json({ resource: {} });
    const before = guards.sidecar.log.length;
    const [first] = others;
    const spinning = first?.labelResponse('get', {});
    await guards.sidecar.logged('looping', before);
    const waiting = others.slice(1).map((stream) => stream.labelResource('get'));
    const full = waiting.map((answer) =>
      answer.then(
        () => 'answered',
        (error) => error.reason,
      ),
    );
    await Promise.race(waiting).catch(hasQueueFull);
    for (let question = 0; question < 20; question++) await well.labelResource('get');
    first?.cancel(1);
    await assert.rejects(async () => spinning, hasEnd('CANCELLED', /the caller cancelled/));
    const ends = Map.groupBy(await Promise.all(full), (end) => end);
    assert.equal(ends.get('answered')?.length, 2);
    assert.equal(ends.get('QUEUE_FULL')?.length, 3);
    for (const stream of others) await stream.labelResource('get');
    await Promise.all([...others, well].map((stream) => stream.close()));
    await guards.isWhole();
  });

  it('G11 with the same file as another has its own policy', async () => {
    const answers = await Promise.all(
      ['first', 'second'].map(async (name) => {
        const stream = guards.sidecar.stream();
        const { guardDigest } = await stream.open(name, '');
        const labels = await stream.labelResource('get');
        await stream.close();
        return { guardDigest, says: description(labels) };
      }),
    );
    assert.equal(answers[0]?.guardDigest, answers[1]?.guardDigest);
    assert.deepEqual(
      answers.map(({ says }) => says),
      ['the first', 'the second'],
    );
  });

  it('G11 with the same file as another has its own limits', async () => {
    for (const [name, pages] of [
      ['small', '100'],
      ['large', '300'],
    ] as const) {
      const stream = await guards.sidecar.open(name);
      assert.equal(description(await stream.labelResource('get')), pages);
      await stream.close();
    }
  });

  function hasQueueFull(error: { reason?: string; code?: number }): void {
    assert.deepEqual([error.reason, error.code], ['QUEUE_FULL', 8]);
  }
});

describe('a guard process', () => {
  it('G8 that is killed from outside while its guest runs has it run again, once', async () => {
    await using sidecar = await RunningSidecar.serving({ loops: { limits: endless }, 'calls-backend': {} });
    const [stream, other] = [await sidecar.open('loops'), await sidecar.open('calls-backend')];
    other.answerBackend = () => json({ resource: {} });
    let from = sidecar.log.length;
    const answer = stream.labelResponse('get', {});
    for (const _run of [1, 2]) {
      await sidecar.logged('looping', from);
      from = sidecar.log.length;
      const pids = await sidecar.hasReadyProcesses(4);
      for (const pid of pids) kill(pid, 'SIGKILL');
      await sidecar.hasReadyProcesses(4, pids);
    }
    await assert.rejects(answer, hasEnd('PROCESS_LOST', /killed from outside|was ended while/));
    await Promise.all([stream.labelResource('get'), other.labelResource('get')]);
    await Promise.all([stream.close(), other.close()]);
    await sidecar.hasGuardProcesses(4);
  });

  it('G9 that stands still is killed when the deadline passes, and the next question is answered', async () => {
    await using sidecar = await RunningSidecar.serving({ 'counts-calls': {} });
    const stream = await sidecar.open('counts-calls');
    const pids = await sidecar.hasReadyProcesses(2);
    for (const pid of pids) kill(pid, 'SIGSTOP');
    const answer = stream.labelResource('get', {}, { timeoutMs: 100 });
    await assert.rejects(answer, hasEnd('DEADLINE_EXCEEDED', /did not end within 100 ms/));
    for (const pid of pids.filter(isAlive)) kill(pid, 'SIGCONT');
    assert.equal(description(await stream.labelResource('get')), '1');
    await stream.close();
    await sidecar.hasGuardProcesses(2);
  });

  it('G10 that spins does not keep its sidecar from ending with 0, in less than a minute', async () => {
    const spinning = ['loops', 'counts-for-ever', 'fills-table'];
    const guests = Object.fromEntries(spinning.map((name) => [name, { limits: endless }]));
    await using sidecar = await RunningSidecar.serving({ ...guests, 'calls-backend': {} });
    const streams = await Promise.all(spinning.map((name) => sidecar.open(name)));
    for (const stream of streams) void stream.labelResponse('get', {});
    const waiting = await sidecar.open('calls-backend');
    waiting.answerBackend = () => new Promise(() => undefined);
    void waiting.labelResource('get');
    await Promise.all([sidecar.logged('looping'), waiting.backendCall()]);
    const pids = await sidecar.hasReadyProcesses(8);
    const start = performance.now();
    assert.deepEqual(await sidecar.stop('SIGTERM'), { code: 0, signal: null });
    assert.ok(performance.now() - start < 60_000);
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
