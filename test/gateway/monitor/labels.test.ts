import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  canFlow,
  integrityFlows,
  join,
  joinAll,
  type Labels,
  secrecyFlows,
  uncoveredTags,
} from '../../../gateway/monitor/labels.ts';
import { labels, readVectors, sorted, type Vector } from './read-vectors.ts';

interface FlowVector extends Vector {
  readonly source: readonly string[] | null;
  readonly target: readonly string[] | null;
  readonly secrecyFlows: boolean;
  readonly secrecyViolating: readonly string[];
  readonly integrityFlows: boolean;
  readonly integrityViolating: readonly string[];
}

const NOBODY: ReadonlySet<string> = new Set();

describe('flow vectors', () => {
  for (const vector of readVectors<FlowVector>('flow')) {
    test(vector.id, () => {
      const [source, target] = [new Set(vector.source), new Set(vector.target)];
      const secret = (secrecy: ReadonlySet<string>): Labels => ({ secrecy, integrity: NOBODY });
      const trusted = (integrity: ReadonlySet<string>): Labels => ({ secrecy: NOBODY, integrity });
      assert.equal(secrecyFlows(secret(source), secret(target)), vector.secrecyFlows);
      assert.equal(canFlow(secret(source), secret(target)), vector.secrecyFlows);
      assert.deepEqual(uncoveredTags(target, source), vector.secrecyViolating);
      assert.equal(integrityFlows(trusted(source), trusted(target)), vector.integrityFlows);
      assert.equal(canFlow(trusted(source), trusted(target)), vector.integrityFlows);
      assert.deepEqual(uncoveredTags(source, target), vector.integrityViolating);
    });
  }
});

describe('labels', () => {
  const a = labels({ secrecy: ['x', 'y'], integrity: ['t', 'u'] });
  const b = labels({ secrecy: ['y', 'z'], integrity: ['u', 'v'] });
  const c = labels({ secrecy: ['*'], integrity: ['*', 'u'] });

  test('what is made from both is as secret as either and as trusted as the less trusted', () => {
    assert.deepEqual(sorted(join(a, b)), { secrecy: ['x', 'y', 'z'], integrity: ['u'] });
  });

  test('both sources of a join may flow to it', () => {
    assert.ok(canFlow(a, join(a, b)) && canFlow(b, join(a, b)));
    assert.ok(!canFlow(join(a, b), a));
  });

  test('joining many is joining one after the other, in any order', () => {
    assert.deepEqual(sorted(joinAll(a, [b, c])), sorted(join(join(a, b), c)));
    assert.deepEqual(sorted(joinAll(c, [b, a])), sorted(join(join(a, b), c)));
    assert.deepEqual(sorted(joinAll(a, [])), sorted(a));
  });

  test('joining leaves the labels that it was given as they are', () => {
    joinAll(a, [b]);
    assert.deepEqual(sorted(a), { secrecy: ['x', 'y'], integrity: ['t', 'u'] });
  });
});
