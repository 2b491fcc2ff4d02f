import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { measureManyInSequence } from './many-in-sequence.ts';
import { measureManySessions } from './many-sessions.ts';
import { measureManySuspended } from './many-suspended.ts';

/** Memories that were dropped are collected some two hundred at a time; in GiB of addresses, of which each has 8. */
const collectedGiB = 400 * 8;
/** Garbage that nobody has collected yet, in MiB. */
const muchMiB = 256;

describe('many at once', () => {
  it('a hundred sessions each get labels by their own policy, from instances that were evicted meanwhile', async () => {
    for (const { guard, sessions } of await measureManySessions(100)) assert.equal(sessions, 100, guard);
  });

  it('a hundred labelings wait for their backends in one guard process, and each gets its own answer', async () => {
    assert.equal((await measureManySuspended(100)).labelings, 100);
  });

  it('six hundred sessions in sequence leave nothing behind', async () => {
    const { memory } = await measureManyInSequence(600);
    const [first, last] = [memory[1], memory.at(-1)];
    assert.ok(first && last);
    assert.ok(last.sidecarMiB - first.sidecarMiB < muchMiB, JSON.stringify(memory));
    assert.ok(last.addressesGiB - first.addressesGiB < collectedGiB, JSON.stringify(memory));
  });
});
