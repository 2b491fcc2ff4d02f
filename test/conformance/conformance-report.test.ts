import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  type CheckStatus,
  type ConformanceReport,
  failedScenarios,
  lost,
  summary,
  unmetChecks,
} from './conformance-report.ts';

/** A report of scenarios with their checks; the first scenario is scored. */
function reportOf(
  scenarios: Readonly<Record<string, Readonly<Record<string, CheckStatus>>>>,
): ConformanceReport {
  const outcomes = Object.entries(scenarios).map(([scenario, checks]) => {
    const entries = Object.entries(checks);
    return [scenario, new Map(entries.map(([id, status]) => [id, { status, complaint: '' }]))] as const;
  });
  return { scored: Object.keys(scenarios).slice(0, 1), scenarios: new Map(outcomes) };
}

suite('what is lost through a gateway', () => {
  const direct = reportOf({
    ping: { answers: 'SUCCESS', 'is-fast': 'WARNING' },
    extra: { works: 'SUCCESS' },
  });
  const through = (answers: CheckStatus) =>
    lost(direct, reportOf({ ping: { answers, 'is-fast': 'FAILURE' }, extra: { works: 'SUCCESS' } }));

  test('is nothing where all that passes directly passes', () => assert.deepEqual(through('SUCCESS'), []));

  for (const status of ['FAILURE', 'WARNING', 'SKIPPED'] as const) {
    test(`is a check that passes directly and comes out as ${status}`, () => {
      assert.deepEqual(through(status), [`ping: answers: ${status}`]);
    });
  }

  test('is no check that is only for information', () => assert.deepEqual(through('INFO'), []));

  test('is no check that does not pass directly either', () => {
    assert.deepEqual(lost(reportOf({ ping: { answers: 'FAILURE' } }), reportOf({ ping: {} })), []);
  });

  test('is a check that is missing', () => {
    const report = reportOf({ ping: { 'is-fast': 'SUCCESS' }, extra: { works: 'SUCCESS' } });
    assert.deepEqual(lost(direct, report), ['ping: answers: missing']);
  });

  test('is each check of a scenario that is missing, scored or not', () => {
    assert.deepEqual(lost(direct, reportOf({ ping: { answers: 'SUCCESS' } })), ['extra: works: missing']);
  });

  test('is said with what the suite complains of', () => {
    const outcome = { status: 'FAILURE', complaint: 'Expected HTTP 400' } as const;
    const report = { scored: [], scenarios: new Map([['ping', new Map([['answers', outcome]])]]) };
    const passed = reportOf({ ping: { answers: 'SUCCESS' } });
    assert.deepEqual(lost(passed, report), ['ping: answers: FAILURE (Expected HTTP 400)']);
  });
});

suite('a report', () => {
  const failed = reportOf({ ping: { answers: 'FAILURE', 'is-fast': 'WARNING', works: 'SUCCESS' } });

  test('names the scored scenarios that do not pass, with their checks', () => {
    assert.deepEqual(failedScenarios(failed), ['ping\n  ping: answers: FAILURE\n  ping: is-fast: WARNING']);
  });

  test('counts a warning as no failure', () => {
    assert.deepEqual(failedScenarios(reportOf({ ping: { 'is-fast': 'WARNING' } })), []);
  });

  test('names the unmet checks of scored scenarios', () => {
    assert.deepEqual(unmetChecks(failed), ['ping: answers: FAILURE', 'ping: is-fast: WARNING']);
    assert.deepEqual(
      unmetChecks(reportOf({ ping: { answers: 'SUCCESS' }, extra: { works: 'FAILURE' } })),
      [],
    );
  });

  test('fails a scored scenario that was not run or checked nothing', () => {
    assert.deepEqual(failedScenarios({ scored: ['ping'], scenarios: new Map() }), ['ping']);
    assert.deepEqual(failedScenarios(reportOf({ ping: {} })), ['ping']);
  });

  test('does not fail for a scenario that is not scored', () => {
    const report = reportOf({ ping: { answers: 'SUCCESS' }, extra: { works: 'FAILURE' } });
    assert.deepEqual(failedScenarios(report), []);
    assert.equal(summary(report), '1 of 1 scored scenarios pass, 0 of 1 others; 1 checks pass');
  });
});
