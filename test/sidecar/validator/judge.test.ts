import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import createWabt from 'wabt';
import { judge } from '../../../sidecar/validator/judge.ts';
import type { Verdict } from '../../../sidecar/validator/verdict.ts';
import { bytes, handMadeGuard, joined, repeated } from '../../harness/hand-made-guard.ts';
import { assemble } from '../../harness/wasm-guard.ts';

const verdictOf = async (module: Uint8Array): Promise<Verdict> =>
  judge(await createWabt(), new Uint8Array(module));

/** A function of nested blocks. */
const nested = (depth: number) =>
  joined(bytes(0), repeated(depth, 2, 0x40), repeated(depth, 0x0b), bytes(0x0b));

const verdicts: Record<string, { module: Uint8Array; verdict: Verdict }> = {
  'a module of what guards may use is valid': { module: handMadeGuard(), verdict: { kind: 'valid' } },
  'a feature is named by itself': {
    module: assemble('(module (func $f return_call $f))'),
    verdict: { kind: 'feature', features: ['tail_call'] },
  },
  'features that are needed together are named, and no others': {
    module: assemble('(module (memory 1) (memory 1) (tag) (func $f return_call $f) (func throw 0))'),
    verdict: { kind: 'feature', features: ['exceptions', 'tail_call', 'multi_memory'] },
  },
  'what no feature makes valid is invalid, in the words that it has without any': {
    module: assemble('(module (func $f (result i32) return_call $f) (func (result i32)))'),
    verdict: { kind: 'invalid', words: 'unexpected opcode: 0x12' },
  },
  'blocks as deep as the validator goes are judged': {
    module: handMadeGuard({ functions: [nested(5_000)] }),
    verdict: { kind: 'valid' },
  },
};

describe('the judge', () => {
  for (const [name, { module, verdict }] of Object.entries(verdicts)) {
    it(name, async () => assert.deepEqual(await verdictOf(module), verdict));
  }

  it('has no verdict on blocks that are deeper', async () => {
    // Its own limit or the stack's, whichever comes first.
    assert.equal((await verdictOf(handMadeGuard({ functions: [nested(20_000)] }))).kind, 'beyond');
  });
});
