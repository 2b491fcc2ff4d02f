import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parseCommandLine, UsageError } from '../../conformance/command-line.ts';
import { exitCodeOf, reportOf } from '../../conformance/report.ts';
import { runChecks } from '../../conformance/run-checks.ts';
import { finishedCommand } from '../harness/finished-command.ts';

const main = join(import.meta.dirname, '../../conformance/main.ts');

suite('the command line of the kit', () => {
  test('has a sidecar as its target, and its guard named conformance', () => {
    const { target, limits } = parseCommandLine(['--address', 'unix:/s']);
    assert.deepEqual(target, { kind: 'sidecar', guard: 'conformance', tls: undefined });
    assert.deepEqual(limits, { checkMs: 20_000, totalMs: 600_000 });
  });

  test('has a gateway as its target where it says so', () => {
    const words = '--gateway --address [::1]:1 --tools [::1]:2 --call ./call --time-limit 5 --only ask.';
    const { target, limits, only } = parseCommandLine(words.split(' '));
    const way = { kind: 'command', command: './call' };
    assert.deepEqual(target, { kind: 'gateway', way, tools: { host: '::1', port: 2 } });
    assert.deepEqual([limits.totalMs, only], [5_000, 'ask.']);
  });

  const refused: readonly (readonly [words: string, sentence: RegExp])[] = [
    ['', /^usage: sluice conformance --address/],
    ['--address somewhere', /--address must be unix:\/path or host:port/],
    ['--address unix:/s --mcp http://h/', /--mcp goes with --gateway only/],
    ['--address unix:/s --tls-ca f', /--tls-ca, --tls-cert and --tls-key go together/],
    ['--address unix:/s --time-limit 0', /--time-limit is a whole number of seconds/],
    ['--gateway --address unix:/s --tools h:1', /needs one of --mcp URL and --call COMMAND/],
    ['--gateway --address unix:/s --tools h:1 --mcp nowhere', /--mcp must be a URL/],
    ['--gateway --address unix:/s --mcp http://h/', /--gateway needs --tools host:port/],
    ['--gateway --address unix:/s --guard g', /--guard does not go with --gateway/],
    ['--address unix:/s --verbose', /'--verbose'/],
  ];
  for (const [words, sentence] of refused) {
    test(`refuses in one sentence: ${words}`, () => {
      assert.throws(
        () => parseCommandLine(words.split(' ').filter((word) => word !== '')),
        (error) => {
          assert.ok(error instanceof UsageError);
          assert.match(error.message, sentence);
          return true;
        },
      );
    });
  }

  test('exits with 2 where it cannot be used', async () => {
    const { exitCode, stderr } = await finishedCommand(process.execPath, [main, '--address', 'x']);
    assert.deepEqual([exitCode, stderr], [2, '--address must be unix:/path or host:port\n']);
  });
});

suite('a run', () => {
  const subject = { settle: async () => undefined };
  const tell = () => undefined;
  const check = (id: string, run: () => Promise<void>) => ({ id, asks: 'it', run });

  test('bounds each check in time, and all of them together', async () => {
    const never = () => new Promise<void>(() => undefined);
    const limits = { checkMs: 20, totalMs: 40 };
    const checks = ['a', 'b', 'c', 'd'].map((id) => check(id, never));
    const outcomes = (await runChecks(subject, checks, { limits, tell })).map(({ outcome }) => outcome);
    assert.equal(outcomes[0], 'fail');
    assert.equal(outcomes.at(-1), 'skip');
  });

  test('says of a foreign program’s words only what can do no harm on a terminal', async () => {
    const words = `\u001b[2J${'x'.repeat(1000)}\n`;
    const checks = [check('a', () => Promise.reject(new Error(words)))];
    const [result] = await runChecks(subject, checks, { limits: { checkMs: 1000, totalMs: 1000 }, tell });
    assert.match(result?.seen ?? '', /^[ -~]{300,500}…$/);
  });

  test('is a failure where a check failed, or none passed', () => {
    const result = (outcome: 'pass' | 'fail' | 'skip') => ({ id: 'a', asks: 'it', outcome });
    const codes = (['pass', 'fail', 'skip'] as const).map((outcome) =>
      exitCodeOf(reportOf({ target: 'sidecar', address: '' }, [result(outcome)])),
    );
    assert.deepEqual(codes, [0, 1, 1]);
  });
});
