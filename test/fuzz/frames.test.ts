import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fuzzFrames } from './frames.ts';

describe('whatever a guard process sends', () => {
  it('is read frame by frame, up to the first that is none of ours', async () => {
    const counts = await fuzzFrames({ seed: 20_261_122, iterations: 5_000 });
    for (const end of ['frames', 'broken', 'sound'])
      assert.ok((counts[end] ?? 0) > 500, JSON.stringify(counts));
  });
});
