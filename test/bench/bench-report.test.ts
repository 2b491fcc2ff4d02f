import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { benchReport, benchSummary } from './bench-report.ts';

const run = {
  machine: {
    cores: 2,
    cpuModel: 'm',
    node: 'v26',
    system: 'linux x64',
    loadAtStart: 0.5,
    packages: { grpc: '1.2.3' },
  },
  loadAtEnd: 1.5,
  tookMs: 61_000,
  parts: {
    start: {
      figures: {},
      text: '### all',
      summary: 'some',
      aims: [
        { what: 'a', aim: 'below 4', measured: '3', isMet: true },
        { what: 'b', aim: 'below 4', measured: '5', isMet: false },
      ],
    },
  },
};

suite('the report of the bench', () => {
  test('names the machine, the versions, and the load at both ends', () => {
    const line = '2 × m, linux x64, Node v26, grpc 1.2.3, load average 0.50 at the start, 1.50 at the end.';
    assert.ok(benchReport(run).startsWith(line));
    assert.ok(benchSummary(run).startsWith(line));
  });

  test('says of each aim whether it was met', () => {
    assert.match(benchSummary(run), /^\| a \| 3 \| below 4 \| met \|$/m);
    assert.match(benchSummary(run), /^\| b \| 5 \| below 4 \| \*\*not met\*\* \|$/m);
  });

  test('is whole on its own page, and short in the README', () => {
    assert.ok(benchReport(run).endsWith('### all\n\nThe run took 61 s.'));
    assert.ok(benchSummary(run).endsWith('some'));
  });

  test('warns of a machine that was not quiet', () => {
    assert.doesNotMatch(benchReport(run), /Take care/);
    const busy = { ...run, machine: { ...run.machine, loadAtStart: 3 } };
    assert.match(benchReport(busy), /Take care.*not quiet/);
  });
});
