/** Part E: guests that misuse the host functions. They get a code of the ABI, go on, and the sidecar takes no harm. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { BackendResult } from '../../../proto/gen/sluice/labeler/v1/labeler.ts';
import { description, json } from '../../harness/guard-stream.ts';
import { type HostileEnd, HostileGuards } from '../../harness/hostile-guards.ts';

const quick = { cpuMs: 60, deadlineMs: 60_000 };
const patient = { cpuMs: 20_000, deadlineMs: 60_000 };
const MiB = 1024 * 1024;
/** Each failure of a backend, and what call_backend returns. */
const failures: Record<string, { readonly outcome: BackendResult['outcome']; readonly returns: string }> = {
  ...Object.fromEntries(
    [1, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((code) => [
      `E6 a backend that fails with the code ${code}`,
      {
        outcome: { $case: 'error', value: { code, message: 'no', retryAfterMs: 0 } } as const,
        returns: `-${code}`,
      },
    ]),
  ),
  'E6 a backend whose answer has 17 MiB': {
    outcome: { $case: 'json', value: Buffer.alloc(17 * MiB, 0x20) },
    returns: '-8',
  },
  'E6 a backend that gives no outcome': { outcome: undefined, returns: '-1' },
};

describe('a guest that', () => {
  let guards: HostileGuards;
  before(async () => {
    guards = await HostileGuards.serving({
      'calls-backend': {},
      'reports-backend-error': {},
      'asks-with-growing-buffer': {},
      'asks-without-buffer': { limits: quick },
      'calls-backend-10000-times': { limits: patient },
      'repeats-small-buffer': {},
      'logs-a-million-lines': { limits: patient },
      'logs-10-MB': {},
      'alloc-asks-backend': {},
      'imports-unknown': {},
    });
  });
  after(() => guards[Symbol.asyncDispose]());

  for (const [name, { outcome, returns }] of Object.entries(failures)) {
    it(`${name} is returned ${returns}, and goes on`, async () => {
      const stream = await guards.sidecar.open('reports-backend-error');
      stream.answerBackend = () => outcome;
      assert.equal(description(await stream.labelResource('get')), returns);
      stream.answerBackend = () => json({});
      assert.equal(description(await stream.labelResource('get')), '2');
      await stream.close();
    });
  }

  it('E6 waits for a backend that never answers ends with its deadline', async () => {
    const end: HostileEnd = {
      ends: 'DEADLINE_EXCEEDED',
      says: /^the labeling did not end within 100 ms$/,
      asks: (stream) => {
        stream.answerBackend = () => new Promise(() => undefined);
        return stream.labelResource('get', {}, { timeoutMs: 100 });
      },
    };
    await guards.endsAlone('calls-backend', end);
  });

  it('E6 waits for a client that closed its side is told UNAVAILABLE', async () => {
    const stream = await guards.sidecar.open('reports-backend-error');
    stream.answerBackend = () => new Promise(() => undefined);
    const labels = stream.labelResource('get');
    await stream.backendCall();
    await stream.close();
    assert.equal(description(await labels), '-5');
  });

  it('E7 tries each size of buffer makes one backend call', async () => {
    const stream = await guards.sidecar.open('asks-with-growing-buffer');
    const large = 'x'.repeat(5_000);
    stream.answerBackend = () => json({ large });
    assert.equal(description(await stream.labelResource('get')), `${JSON.stringify({ large }).length}`);
    assert.equal(stream.backendCalls.length, 1);
    await stream.close();
  });

  it('E7 never brings a buffer makes one backend call, and ends with BUDGET_EXCEEDED', async () => {
    let calls = 0;
    const end: HostileEnd = {
      ends: 'BUDGET_EXCEEDED',
      says: /more CPU time/,
      kills: true,
      asks: (stream) => {
        stream.answerBackend = () => {
          calls++;
          return json({});
        };
        return stream.labelResponse('get', {});
      },
    };
    await guards.endsAlone('asks-without-buffer', end);
    assert.equal(calls, 1);
  });

  it('E7 repeats a backend call with a larger buffer is answered from the first one', async () => {
    const stream = await guards.sidecar.open('repeats-small-buffer');
    stream.answerBackend = () => json({ resource: { description: 'large' } });
    assert.equal(description(await stream.labelResource('get')), 'large');
    assert.equal(stream.backendCalls.length, 1);
    assert.equal(description(await stream.labelResource('get')), 'large');
    assert.equal(stream.backendCalls.length, 2);
    await stream.close();
  });

  it('E8 asks the backend 10,000 times reaches it 50 times, and gets RESOURCE_EXHAUSTED from then on', async () => {
    const stream = await guards.sidecar.open('calls-backend-10000-times');
    stream.answerBackend = () => json({});
    assert.equal(description(await stream.labelResource('get')), '-8');
    assert.equal(stream.backendCalls.length, 50);
    await stream.close();
  });

  it('E9 logs a million lines that look like log lines is answered, and 1,000 clean lines are written', async () => {
    const before = guards.sidecar.log.length;
    const stream = await guards.sidecar.open('logs-a-million-lines');
    await stream.labelResource('get');
    await stream.close();
    await guards.sidecar.logged('999001 more lines were dropped', before);
    // Each line of it all is JSON, and none is the guest's own.
    const lines = guards.sidecar.logLines.filter(({ guard }) => guard === 'logs-a-million-lines');
    assert.equal(lines.filter(({ message }) => message.includes('one of a million')).length, 1_000);
    assert.ok(!guards.sidecar.logLines.some(({ message }) => message === 'forged'));
    assert.ok(!guards.sidecar.log.includes('\u001b'));
  });

  it('E9 logs a line of 10 MB is answered, and 8 KiB of it are written', async () => {
    const before = guards.sidecar.log.length;
    const stream = await guards.sidecar.open('logs-10-MB');
    await stream.labelResource('get');
    await stream.close();
    await guards.sidecar.logged('xxx', before);
    const line = guards.sidecar.logLines.find(({ message }) => message.startsWith('xxx'));
    assert.equal(line?.message.length, 8 * 1024);
  });

  it('E10 asks the backend while the host allocates in it is not entered again meanwhile', async () => {
    const stream = guards.sidecar.stream();
    stream.answerBackend = () => json({});
    await stream.open('alloc-asks-backend');
    const before = stream.backendCalls.length;
    const first = stream.labelResource('get');
    const cancelled = stream.labelResource('get');
    stream.cancel(stream.lastId);
    await first;
    // Two buffers for each question; the cancelled one may have come to nothing.
    await cancelled.catch(() => undefined);
    assert.ok(stream.backendCalls.length - before >= 2);
    await stream.labelResource('get');
    await stream.close();
  });

  it('E11 was answered is not reached by what the backend says later', async () => {
    const stream = await guards.sidecar.open('reports-backend-error');
    stream.answerBackend = () => json({});
    assert.equal(description(await stream.labelResource('get')), '2');
    const late = { id: 1, call: 1, outcome: json({ resource: {} }) };
    stream.send({ $case: 'backendResult', value: late });
    assert.equal(description(await stream.labelResource('get')), '2');
    await stream.close();
  });

  it('E12 imports a function that no host has is not served', async () => {
    await guards.opensNot(
      'imports-unknown',
      'GUARD_UNAVAILABLE',
      /it imports env.read_file, which no guard may/,
    );
  });

  it('E13 minds no error code is answered, and its instance goes on', async () => {
    const stream = await guards.sidecar.open('reports-backend-error');
    stream.answerBackend = () => ({ $case: 'error', value: { code: 9, message: 'slower', retryAfterMs: 1 } });
    for (let call = 0; call < 10; call++) assert.equal(description(await stream.labelResource('get')), '-9');
    await stream.close();
  });
});
