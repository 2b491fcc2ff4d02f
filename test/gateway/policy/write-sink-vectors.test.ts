/** Every vector of test/vectors/write-sink.json: what a sink accepts, and which visibility it has in the end. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { decide } from '../../../gateway/monitor/access.ts';
import { writeSinkLabels } from '../../../gateway/monitor/write-sink.ts';
import { type SinkSituation, sinkVisibility } from '../../../gateway/policy/sink-visibility.ts';
import { category, type LabelsVector, labels, readVectors, type Vector } from '../monitor/read-vectors.ts';

interface WriteVector extends Vector {
  readonly kind: 'write';
  readonly accept: readonly string[];
  readonly sinkVisibility: string | null;
  readonly agent: LabelsVector;
  readonly expect: {
    readonly decision: string;
    readonly reason?: string;
    readonly violating: readonly string[];
  };
}

interface VisibilityVector extends Vector, Omit<SinkSituation, 'serverName'> {
  readonly kind: 'visibility';
  readonly serverId: string;
  readonly expect: { readonly visibility: string | null };
}

suite('write-sink vectors', () => {
  for (const vector of readVectors<WriteVector | VisibilityVector>('write-sink')) {
    test(vector.id, () => {
      switch (vector.kind) {
        case 'write':
          return checkWrite(vector);
        case 'visibility':
          return assert.equal(
            sinkVisibility({ ...vector, serverName: vector.serverId }),
            vector.expect.visibility,
          );
        default:
          return assert.fail('a kind of vector that nobody tests');
      }
    });
  }
});

function checkWrite({ accept, sinkVisibility: visibility, agent, expect }: WriteVector): void {
  const resource = writeSinkLabels({ accept, visibility: visibility ?? undefined });
  const decision = decide({ mode: 'filter', operation: 'write', agent: labels(agent), resource });
  assert.equal(decision.kind, expect.decision);
  assert.deepEqual(decision.kind === 'deny' ? decision.tags : [], expect.violating);
  if (decision.kind === 'deny') assert.equal(category(decision.reason), expect.reason);
}
