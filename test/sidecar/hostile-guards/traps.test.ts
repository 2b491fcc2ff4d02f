/** Part C: guests that overflow their stack, trap, or compute oddly. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { description, type GuardStream, json } from '../../harness/guard-stream.ts';
import { HostileGuards, hasEnd } from '../../harness/hostile-guards.ts';

/** What each number asks of traps-as-told.wat, and what the engine says of it. */
const ways: Readonly<Record<string, RegExp>> = {
  'C14 executes unreachable': /^unreachable$/,
  'C14 divides by zero': /^divide by zero$/,
  'C14 takes a remainder by zero': /^remainder by zero$/,
  'C14 divides the least number by -1': /^divide result unrepresentable$/,
  'C14 makes an integer of NaN': /^float unrepresentable in integer range$/,
  'C14 makes an integer of a large number': /^float unrepresentable in integer range$/,
  'C14 reads the byte behind its memory': /^memory access out of bounds$/,
  'C14 reads across the end of its memory': /^memory access out of bounds$/,
  'C14 reads at 2 to the 32 minus 1': /^memory access out of bounds$/,
  'C14 reads where pointer and offset exceed 32 bits': /^memory access out of bounds$/,
  'C14 writes across the end of its memory': /^memory access out of bounds$/,
  'C14 fills beyond its memory': /^memory access out of bounds$/,
  'C13 calls a function of another type through its table': /^function signature mismatch$/,
  'C13 calls an empty entry of its table': /^function signature mismatch$/,
  'C13 calls through its table beyond its end': /^table index is out of bounds$/,
  'C13 reads its table beyond its end': /^table index is out of bounds$/,
};

const overflows: Readonly<Record<string, string>> = {
  'C3 calls itself until the stack is full': 'overflows-stack',
  'C3 has two functions call each other until the stack is full': 'overflows-stack-mutually',
  'C3 calls itself through its table until the stack is full': 'overflows-stack-indirectly',
};

describe('a guest that', () => {
  let guards: HostileGuards;
  before(async () => {
    guards = await HostileGuards.serving({
      traps: {},
      exits: {},
      aborts: {},
      'traps-as-told': {},
      'touches-edges': {},
      'overflows-stack': {},
      'overflows-stack-mutually': {},
      'overflows-stack-indirectly': {},
      'recurses-as-deep-as-told': {},
      'computes-with-nans': {},
      'answers-with-a-nan': {},
    });
  });
  after(() => guards[Symbol.asyncDispose]());

  for (const [index, [name, says]] of Object.entries(ways).entries()) {
    it(`${name} is trapped, and the next question is answered`, async () => {
      const asks = (stream: GuardStream) => stream.labelResponse(`${index}`, {});
      await guards.endsAlone('traps-as-told', { ends: 'GUARD_TRAPPED', says, asks });
    });
  }

  const trapped = {
    traps: /^unreachable$/,
    exits: /exited with code 0/,
    aborts: /aborted; its log says why/,
  };
  for (const [guest, says] of Object.entries(trapped)) {
    it(`C14 ${guest} ends with GUARD_TRAPPED, and the next question is answered`, async () => {
      await guards.endsAlone(guest, { ends: 'GUARD_TRAPPED', says });
    });
  }

  it('C14 reads and writes the first and the last bytes of its memory is answered', async () => {
    const stream = await guards.sidecar.open('touches-edges');
    assert.equal(description(await stream.labelResource('get')), '7');
    await stream.close();
  });

  for (const [name, guest] of Object.entries(overflows)) {
    it(`${name} is trapped, and the next question is answered`, async () => {
      await guards.endsAlone(guest, { ends: 'GUARD_TRAPPED', says: /stack/ });
    });
  }

  it('C3 calls itself 5,000 times deep is answered', async () => {
    assert.equal(await recurse(5_000), 'answered');
  });

  it('C4 logs, writes and asks its backend just before its stack is full is answered or trapped', async () => {
    let [fits, overflows] = [5_000, 1_000_000];
    assert.equal(await recurse(overflows), 'trapped');
    while (overflows - fits > 1) {
      const middle = Math.floor((fits + overflows) / 2);
      if ((await recurse(middle)) === 'answered') fits = middle;
      else overflows = middle;
    }
    for (let depth = fits - 10; depth <= fits + 10; depth++) await recurse(depth);
    assert.ok(!guards.sidecar.log.includes('its process ended'), 'the process survives them all');
    await guards.isWhole();
  });

  it('C15 computes with NaN and the smallest numbers is answered', async () => {
    const stream = await guards.sidecar.open('computes-with-nans');
    assert.equal(description(await stream.labelResource('get')), '1000000');
    await stream.close();
  });

  it('C15 answers with the bytes of a NaN answers with nonsense', async () => {
    await guards.endsAlone('answers-with-a-nan', { ends: 'INVALID_OUTPUT', says: /is not UTF-8/ });
  });

  /** A session for each: one that fails again and again may be held back. */
  async function recurse(depth: number): Promise<'answered' | 'trapped'> {
    const stream = await guards.sidecar.open('recurses-as-deep-as-told');
    stream.answerBackend = () => json({ is: 'there' });
    try {
      const labels = await stream.labelResource(`${depth}`);
      assert.equal(description(labels), `${'{"is":"there"}'.length}`);
      return 'answered';
    } catch (error) {
      assert.ok(error instanceof Error && hasEnd('GUARD_TRAPPED', /stack/)(error));
      return 'trapped';
    } finally {
      assert.equal(description(await stream.labelResource('0')), `${'{"is":"there"}'.length}`);
      await stream.close();
    }
  }
});
