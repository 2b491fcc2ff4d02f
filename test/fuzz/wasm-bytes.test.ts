import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { childrenOf } from '../harness/child-processes.ts';
import { fuzzWasmBytes } from './wasm-bytes.ts';

describe('whatever the bytes of a guard are', () => {
  it('they are refused in a sentence or load, and leave no process behind', async () => {
    const { runs, refused, accepted } = await fuzzWasmBytes({ seed: 20_261_122, iterations: 4_000 });
    assert.equal(refused + accepted, runs);
    assert.ok(refused > 1_000 && accepted > 400, `refused ${refused}, accepted ${accepted}`);
    assert.deepEqual(await childrenOf(process.pid), []);
  });

  it('they meet the same end for the same seed', async () => {
    const options = { seed: 5, iterations: 100 };
    assert.deepEqual(await fuzzWasmBytes(options), await fuzzWasmBytes(options));
  });
});
