import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { floorMode, type Mode, parseMode } from '../../../gateway/monitor/mode.ts';
import { readVectors, type Vector } from './read-vectors.ts';

type ModeVector = Vector &
  (
    | {
        readonly kind: 'parse';
        readonly text: string;
        readonly expect: { readonly mode?: Mode; readonly error?: string };
      }
    | {
        readonly kind: 'floor';
        readonly operator: Mode;
        readonly guard: Mode;
        readonly expect: { readonly mode: Mode };
      }
  );

describe('mode vectors', () => {
  for (const vector of readVectors<ModeVector>('modes')) {
    test(vector.id, () => {
      const mode =
        vector.kind === 'parse' ? parseMode(vector.text) : floorMode(vector.operator, vector.guard);
      assert.equal(mode, vector.expect.mode);
    });
  }
});

test('without a mode of the operator the mode of the guard applies', () => {
  for (const mode of ['strict', 'filter', 'propagate'] as const)
    assert.equal(floorMode(undefined, mode), mode);
});
