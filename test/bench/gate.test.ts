/** The gate, as it runs with all other tests beside it: CPU time is judged always, elapsed time where the machine is quiet. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readBaseline } from './gate/baseline.ts';
import { gateGroups } from './gate/gate-groups.ts';
import type { JudgedRatio } from './gate/gate-ratio.ts';
import { gateReport } from './gate/gate-report.ts';
import { labelingGroup } from './gate/labeling-group.ts';
import { type GateResult, isHopeless, regressions, runGate } from './gate/run-gate.ts';

/** Two attempts on a machine with other work; longer than a test usually may take, in milliseconds. */
const timeout = 120_000;

const baseline = await readBaseline();
const names = (results: readonly GateResult[]) =>
  regressions(results).map(({ name, clock }) => `${name}: ${clock}`);

const ofPayload = 'label_response of 100: gRPC over the socket / (echo + guard process)';
const isOfPayload = ({ name, clock }: JudgedRatio) => name === ofPayload && clock === 'cpu';

suite('no ratio is worse than its baseline', () => {
  for (const group of gateGroups) {
    test(group.name, { timeout }, async (context) => {
      const results = await runGate(group, baseline);
      for (const result of results) context.diagnostic(gateReport(result));
      assert.deepEqual(names(results), []);
      if (isHopeless(results)) context.skip('THE GATE SAYS NOTHING: this machine is too busy');
    });
  }
});

test('a sidecar that reads each payload five times more is a regression', { timeout }, async (context) => {
  const carelessly = join(import.meta.dirname, 'gate', 'reads-payloads-again.ts');
  const results = await runGate(labelingGroup, baseline, { sidecarNodeOptions: ['--import', carelessly] });
  for (const result of results) context.diagnostic(gateReport(result));
  const verdicts = results.map(({ ratios }) => ratios.find(isOfPayload)?.verdict);
  assert.ok(!verdicts.includes('holds'), verdicts.join(', '));
  if (verdicts.includes('unclear')) return context.skip('THE GATE SAYS NOTHING: this machine is too busy');
  assert.ok(names(results).includes(`${ofPayload}: cpu`));
});

test('the baseline has the ratios of the gate, and no other', () => {
  const ratios = gateGroups.flatMap((group) => group.ratios.map(({ name }) => name));
  assert.deepEqual(Object.keys(baseline.ratios), ratios);
});
