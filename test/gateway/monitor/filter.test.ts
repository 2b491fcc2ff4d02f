import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Operation } from '../../../gateway/monitor/access.ts';
import { filter } from '../../../gateway/monitor/filter.ts';
import type { Mode } from '../../../gateway/monitor/mode.ts';
import { category, type LabelsVector, labels, readVectors, sorted, type Vector } from './read-vectors.ts';

interface FilterVector extends Vector {
  readonly mode: Mode;
  readonly operation: Operation;
  readonly agent: LabelsVector;
  readonly resource: LabelsVector;
  readonly items: readonly (LabelsVector | null)[];
  readonly expect: {
    readonly blocked: boolean;
    readonly kept: readonly number[];
    readonly withheld: readonly { readonly index: number; readonly category: string }[];
    readonly agentAfter: LabelsVector;
  };
}

describe('filter vectors', () => {
  for (const vector of readVectors<FilterVector>('filter')) {
    test(vector.id, () => {
      const { mode, operation, expect } = vector;
      const access = { mode, operation, agent: labels(vector.agent), resource: labels(vector.resource) };
      const items = vector.items.map((item) => (item === null ? undefined : labels(item)));
      const { fates, isRefused, agentAfter } = filter(access, items);
      const withheld = fates.flatMap((rule, index) => (rule ? [{ index, category: category(rule) }] : []));
      assert.equal(isRefused, expect.blocked);
      assert.deepEqual(withheld, expect.withheld);
      assert.deepEqual(
        [...fates.keys()].filter((index) => fates[index] === undefined),
        expect.kept,
      );
      assert.deepEqual(sorted(agentAfter), expect.agentAfter);
    });
  }
});

describe('filter', () => {
  const tags = Array.from({ length: 100_000 }, (_, index) => `tag-${index}`);
  const shared = labels({ secrecy: tags, integrity: tags });
  const resource = labels({ secrecy: [], integrity: [] });

  test('a million items that share labels with 100,000 tags are judged in linear time', () => {
    const access = { mode: 'propagate' as const, operation: 'read' as const, agent: shared, resource };
    const { fates, agentAfter } = filter(access, new Array(1_000_000).fill(shared));
    assert.equal(fates.length, 1_000_000);
    assert.equal(agentAfter.integrity.size, tags.length);
  });

  test('as many items with labels of their own as tags do not make the agent be copied for each', () => {
    const items = tags.map((tag) => labels({ secrecy: [`own-${tag}`], integrity: [tag] }));
    const access = { mode: 'propagate' as const, operation: 'read' as const, agent: shared, resource };
    const { agentAfter } = filter(access, items);
    assert.equal(agentAfter.secrecy.size, 2 * tags.length);
    assert.equal(agentAfter.integrity.size, 0);
  });
});
