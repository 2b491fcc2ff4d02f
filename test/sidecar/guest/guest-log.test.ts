import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RunningSidecar } from '../../harness/running-sidecar.ts';

describe("a guest's log", () => {
  let sidecar: RunningSidecar;
  before(async () => {
    sidecar = await RunningSidecar.serving({
      logs: {},
      'writes-to-stdout': {},
      'writes-and-traps': {},
      aborts: {},
    });
  });
  after(() => sidecar[Symbol.asyncDispose]());

  /** What the guest wrote: its level and its text. */
  function lines(name: string): [level: string, message: string][] {
    return sidecar.logLines
      .filter(({ guard, message }) => guard === name && !/^(guard loaded|its process)/.test(message))
      .map(({ level, message }) => [level, message]);
  }

  it('has its levels, cuts a line at 8 KiB, and leaves out what is out of bounds', async () => {
    const stream = await sidecar.open('logs');
    await stream.labelResource('get');
    await sidecar.logged('xxx');
    assert.deepEqual(lines('logs'), [
      ['debug', 'a line for debugging'],
      ['info', 'a line to know'],
      ['warn', 'a line to worry about'],
      ['error', 'a line with [31mcolour'],
      ['info', 'x'.repeat(8 * 1024)],
    ]);
    await stream.close();
  });

  it('is one clean line whatever the guest writes', () => {
    assert.ok(!sidecar.log.includes('\u001b') && !sidecar.log.includes('\\u001b'));
    assert.ok(sidecar.log.includes('"message":"a line with [31mcolour"'));
  });

  it('has 1,000 lines of one call, and says how many were dropped', async () => {
    const stream = await sidecar.open('logs');
    const before = lines('logs').length;
    const start = sidecar.log.length;
    await stream.labelResponse('get', {});
    await sidecar.logged('lines were dropped', start);
    const written = lines('logs').slice(before);
    assert.equal(written.length, 1_001);
    assert.deepEqual(written.at(-2), ['info', 'one of many']);
    assert.deepEqual(written.at(-1), ['warn', '1000 more lines were dropped: a call may write 1000']);
    const middle = sidecar.log.length;
    await stream.labelResponse('get', {});
    await sidecar.logged('lines were dropped', middle);
    assert.equal(lines('logs').length, before + 2 * 1_001);
    await stream.close();
  });

  it('has standard output and standard error, line by line', async () => {
    const stream = await sidecar.open('writes-to-stdout');
    await stream.labelResource('get');
    await sidecar.logged('line of errors');
    assert.deepEqual(lines('writes-to-stdout'), [
      ['info', 'first line out'],
      ['info', 'second line out'],
      ['warn', 'line of errors'],
    ]);
    await stream.close();
  });

  it('has what a guest wrote without a line end before it trapped', async () => {
    const stream = await sidecar.open('writes-and-traps');
    await assert.rejects(stream.labelResponse('get', {}), { reason: 'GUARD_TRAPPED' });
    await sidecar.logged('why I panic');
    assert.deepEqual(lines('writes-and-traps'), [['warn', 'why I panic']]);
    await stream.close();
  });

  it('has the message and the place of an abort', async () => {
    const stream = await sidecar.open('aborts');
    await assert.rejects(stream.labelResponse('get', {}), { reason: 'GUARD_TRAPPED' });
    await sidecar.logged('abort:');
    assert.deepEqual(lines('aborts'), [['error', 'abort: wrong (a.ts:12:34)']]);
    await stream.close();
  });
});
