/** The laws of the lattice: what makes `canFlow` an order and `join` its least upper bound. */
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canFlow, join, joinAll, type Labels, uncoveredTags } from '../../gateway/monitor/labels.ts';
import { holds } from '../harness/property.ts';
import { anyLabels, naiveFlows, plainLabels } from './arbitrary-labels.ts';

const areSame = (a: Labels, b: Labels) =>
  a.secrecy.symmetricDifference(b.secrecy).size + a.integrity.symmetricDifference(b.integrity).size === 0;

describe('canFlow', () => {
  test('is what the page says', (t) =>
    holds(
      t,
      fc.property(anyLabels, anyLabels, (a, b) => canFlow(a, b) === naiveFlows(a, b)),
    ));

  test('is reflexive: what is as secret and as trusted may flow', (t) =>
    holds(
      t,
      fc.property(anyLabels, (a) => canFlow(a, a)),
    ));

  test('is transitive: no detour leads where the straight way does not', (t) =>
    holds(
      t,
      fc.property(anyLabels, anyLabels, anyLabels, (a, b, c) =>
        canFlow(a, b) && canFlow(b, c) ? canFlow(a, c) : true,
      ),
    ));

  test('is antisymmetric: what flows both ways is the same', (t) =>
    holds(
      t,
      fc.property(plainLabels, plainLabels, (a, b) =>
        canFlow(a, b) && canFlow(b, a) ? areSame(a, b) : true,
      ),
    ));

  test('is antisymmetric with wildcards: what flows both ways flows to and from the same', (t) =>
    holds(
      t,
      fc.property(anyLabels, anyLabels, anyLabels, (a, b, c) =>
        canFlow(a, b) && canFlow(b, a)
          ? canFlow(a, c) === canFlow(b, c) && canFlow(c, a) === canFlow(c, b)
          : true,
      ),
    ));

  test('is so exactly when no tag stands in the way', (t) =>
    holds(
      t,
      fc.property(anyLabels, anyLabels, (a, b) => {
        const inTheWay = [...uncoveredTags(b.secrecy, a.secrecy), ...uncoveredTags(a.integrity, b.integrity)];
        return canFlow(a, b) === (inTheWay.length === 0);
      }),
    ));
});

describe('join', () => {
  test('is associative, commutative and idempotent', (t) =>
    holds(
      t,
      fc.property(
        anyLabels,
        anyLabels,
        anyLabels,
        (a, b, c) =>
          areSame(join(join(a, b), c), join(a, join(b, c))) &&
          areSame(join(a, b), join(b, a)) &&
          areSame(join(a, a), a),
      ),
    ));

  test('is an upper bound: both sources may flow to what is made of them', (t) =>
    holds(
      t,
      fc.property(anyLabels, anyLabels, (a, b) => canFlow(a, join(a, b)) && canFlow(b, join(a, b))),
    ));

  test('is the least upper bound: whatever both may flow to, what is made of them may, too', (t) =>
    holds(
      t,
      fc.property(plainLabels, plainLabels, plainLabels, (a, b, c) =>
        canFlow(a, c) && canFlow(b, c) ? canFlow(join(a, b), c) : true,
      ),
    ));

  // Something that everybody vouches for, mixed with what `x` vouches for, could still be called `x`. It is not: an
  // intersection knows no wildcard, so what is made of both is trusted less than it might be, and never more.
  test('is the least upper bound in secrecy, wildcards included', (t) =>
    holds(
      t,
      fc.property(anyLabels, anyLabels, anyLabels, (a, b, c) => {
        const secrecyOnly = ({ secrecy }: Labels): Labels => ({ secrecy, integrity: new Set() });
        const [x, y, z] = [secrecyOnly(a), secrecyOnly(b), secrecyOnly(c)];
        return canFlow(x, z) && canFlow(y, z) ? canFlow(join(x, y), z) : true;
      }),
    ));

  test('of one with itself and less changes nothing: joining is what flowing means', (t) =>
    holds(
      t,
      fc.property(plainLabels, plainLabels, (a, b) => canFlow(a, b) === areSame(join(a, b), b)),
    ));

  test('of many is the join of all of them, in any order', (t) =>
    holds(
      t,
      fc.property(anyLabels, fc.array(anyLabels), (first, others) => {
        const folded = others.reduce(join, first);
        return (
          areSame(joinAll(first, others), folded) && areSame(joinAll(first, others.toReversed()), folded)
        );
      }),
    ));
});
