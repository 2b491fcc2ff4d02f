import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BoundedMap } from '../../../sidecar/module/bounded-map.ts';

describe('a bounded map', () => {
  it('forgets what was set first when it is full', () => {
    const map = new BoundedMap<string, number>(2);
    for (const [index, key] of ['a', 'b', 'c'].entries()) map.set(key, index);
    assert.deepEqual([map.has('a'), map.get('b'), map.get('c'), map.size], [false, 1, 2, 2]);
  });

  it('counts what is set again as new', () => {
    const map = new BoundedMap<string, number>(2);
    for (const [index, key] of ['a', 'b', 'a', 'c'].entries()) map.set(key, index);
    assert.deepEqual([map.get('a'), map.has('b'), map.get('c')], [2, false, 3]);
  });

  it('G12 stays within its bound however many modules come', () => {
    const map = new BoundedMap<number, undefined>(256);
    for (let key = 0; key < 10_000; key++) map.set(key, undefined);
    assert.equal(map.size, 256);
  });
});
