import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decide } from '../../../gateway/monitor/access.ts';
import { writeSinkLabels } from '../../../gateway/monitor/write-sink.ts';
import { category, type LabelsVector, labels, readVectors, type Vector } from './read-vectors.ts';

interface WriteSinkVector extends Vector {
  readonly kind: 'write' | 'visibility';
  readonly accept: readonly string[];
  readonly sinkVisibility: string | null;
  readonly agent: LabelsVector;
  readonly expect: {
    readonly decision: string;
    readonly reason?: string;
    readonly violating: readonly string[];
  };
}

describe('write-sink vectors of kind write', () => {
  for (const vector of readVectors<WriteSinkVector>('write-sink').filter(({ kind }) => kind === 'write')) {
    test(vector.id, () => {
      const resource = writeSinkLabels({
        accept: vector.accept,
        visibility: vector.sinkVisibility ?? undefined,
      });
      const decision = decide({ mode: 'filter', operation: 'write', agent: labels(vector.agent), resource });
      assert.equal(decision.kind, vector.expect.decision);
      assert.deepEqual(decision.kind === 'deny' ? decision.tags : [], vector.expect.violating);
      if (decision.kind === 'deny') assert.equal(category(decision.reason), vector.expect.reason);
    });
  }
});
