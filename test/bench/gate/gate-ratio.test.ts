import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { judgeRatio } from './gate-ratio.ts';
import { type GateResult, isHopeless, regressions } from './run-gate.ts';

const baseline = { ratio: 2, margin: 0.25 };
const rounds = (ratios: readonly number[]) => ratios.map((ratio) => ({ of: 10 * ratio, against: 10 }));
const verdict = (ratios: readonly number[]) => judgeRatio(rounds(ratios), baseline).verdict;

suite('a ratio', () => {
  test('holds where it is at most the baseline and its margin', () => {
    assert.equal(verdict([1.9, 2, 2.1, 2, 2.2]), 'holds');
    assert.equal(verdict([2.5, 2.5, 2.5]), 'holds');
  });

  test('has regressed only where its lower bound is above that', () => {
    assert.equal(verdict([2.6, 2.61, 2.59, 2.62]), 'regressed');
    assert.equal(judgeRatio(rounds([2.6]), baseline).limit, 2.5);
  });

  test('is unclear where noise hides it', () => {
    assert.equal(verdict([1.5, 3.5, 1.6, 3.4, 2.6, 2.4]), 'unclear');
  });

  test('that a few wild rounds pull up has not regressed', () => {
    assert.equal(verdict([...Array.from({ length: 20 }, () => 2), 40, 60, 90]), 'holds');
  });
});

suite('a regression', () => {
  const result = (cpu: number, elapsed: number): GateResult => ({
    group: 'g',
    rounds: 1,
    othersShare: 0,
    ratios: [
      { name: 'r', clock: 'cpu', baseline: 2, ...judgeRatio(rounds([cpu]), baseline) },
      { name: 'r', clock: 'elapsed', baseline: 2, ...judgeRatio(rounds([elapsed]), baseline) },
    ],
  });
  const clocks = (results: readonly GateResult[]) => regressions(results).map(({ clock }) => clock);

  test('is one that each attempt sees', () => {
    assert.deepEqual(clocks([result(3, 2), result(3, 2)]), ['cpu']);
    assert.deepEqual(clocks([result(3, 3), result(3, 3)]), ['cpu', 'elapsed']);
  });

  test('is none where the second attempt does not see it, or sees another', () => {
    assert.deepEqual(clocks([result(3, 2), result(2, 2)]), []);
    assert.deepEqual(clocks([result(3, 2), result(2, 3)]), []);
  });

  test('is none where nothing was measured', () => assert.deepEqual(clocks([]), []));

  test('cannot be seen where noise left nothing to say', () => {
    assert.equal(isHopeless([result(2, 2)]), false);
    const [{ ratios, ...rest }] = [result(2, 2)];
    assert.equal(
      isHopeless([{ ...rest, ratios: ratios.map((each) => ({ ...each, verdict: 'unclear' })) }]),
      true,
    );
  });
});
