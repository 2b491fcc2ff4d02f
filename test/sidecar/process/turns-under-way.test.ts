import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GuardError } from '../../../sidecar/guard-error.ts';
import { maxTurnsAhead, workAheadMs } from '../../../sidecar/limits.ts';
import { TurnsUnderWay } from '../../../sidecar/process/turns-under-way.ts';

const never = new AbortController().signal;
const nothing = new Uint8Array(0);
const process = { kill: () => undefined, cpuMsOfThisTurn: () => 0 };

/** Turns that note which of them have begun. */
class Turns {
  readonly turns = new TurnsUnderWay(process);
  readonly begun: number[] = [];
  #totalCpuMs = 0;

  add(number: number, signal = never): Promise<number> {
    const onStart = () => void this.begun.push(number);
    const request = { op: 'drop', instances: [] } as const;
    return this.turns.add({ request, cpuMs: 1_000, onStart }, signal).then(({ cpuMs }) => cpuMs);
  }

  /** The process is through with one. */
  end(cpuMs: number): void {
    this.#totalCpuMs += cpuMs;
    this.turns.finish({ kind: 'dropped', totalCpuMs: this.#totalCpuMs, instances: 0 }, nothing);
  }
}

describe('the turns that a guard process was given', () => {
  it('run one after the other, each with its own CPU time', async () => {
    const turns = new Turns();
    const both = Promise.all([turns.add(1), turns.add(2)]);
    assert.deepEqual(turns.begun, [1]);
    turns.end(3);
    assert.deepEqual(turns.begun, [1, 2]);
    turns.end(5);
    assert.deepEqual(await both, [3, 5]);
  });

  it('are one at a time until they are known to be short, and again when they are not any more', async () => {
    const turns = new Turns();
    assert.equal(turns.turns.room, 1);
    const first = turns.add(1);
    turns.end(workAheadMs / 2);
    await first;
    assert.equal(turns.turns.room, 2);
    const second = turns.add(2);
    turns.end(workAheadMs * 10);
    await second;
    assert.equal(turns.turns.room, 1);
  });

  it('are as many at once as make up a little work together, within a bound', async () => {
    const turns = new Turns();
    const first = turns.add(1);
    turns.end(workAheadMs / 4);
    await first;
    assert.equal(turns.turns.room, 4);
    for (let number = 2; number < 20; number++) {
      const next = turns.add(number);
      turns.end(0);
      await next;
    }
    assert.equal(turns.turns.room, maxTurnsAhead);
  });

  it('fail with their process: the one that ran for what it did, the other as one that never ran', async () => {
    const turns = new Turns();
    const running = assert.rejects(turns.add(1), { code: 'BUDGET_EXCEEDED' });
    const waiting = assert.rejects(turns.add(2), { code: 'PROCESS_LOST' });
    turns.turns.fail(new GuardError('BUDGET_EXCEEDED', 'burnt'), new GuardError('PROCESS_LOST', 'gone'));
    await Promise.all([running, waiting]);
    assert.deepEqual(turns.begun, [1]);
  });

  it('that nobody waits for any more keep their place until the process is through with them', async () => {
    const turns = new Turns();
    const ending = new AbortController();
    const first = turns.add(1);
    const second = assert.rejects(turns.add(2, ending.signal), { code: 'CANCELLED' });
    ending.abort(new GuardError('CANCELLED', 'gone'));
    await second;
    const others = Array.from({ length: maxTurnsAhead - 2 }, (_, index) => turns.add(3 + index));
    await assert.rejects(turns.add(99), { code: 'INTERNAL' });
    for (let ended = 0; ended < maxTurnsAhead; ended++) turns.end(1);
    await Promise.all([first, ...others]);
    const last = turns.add(4);
    turns.end(7);
    assert.equal(await last, 7);
  });

  it('refuse a reply to nothing, and CPU time that falls', async () => {
    const turns = new Turns();
    assert.throws(() => turns.end(1), /a reply to nothing/);
    const lost = assert.rejects(turns.add(1), { code: 'INTERNAL' });
    assert.throws(() => turns.end(-5), /CPU time that falls/);
    turns.turns.fail(new GuardError('INTERNAL', 'no reply'), new GuardError('PROCESS_LOST', 'gone'));
    await lost;
  });
});
