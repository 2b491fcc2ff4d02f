import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { commands } from '../../cli/commands.ts';
import { finishedCommand } from '../harness/finished-command.ts';

const cli = join(import.meta.dirname, '..', '..', 'cli');
const sluice = (...args: string[]) => finishedCommand(process.execPath, [join(cli, 'main.ts'), ...args]);

suite('sluice', () => {
  test('says what it can do', async () => {
    const { stdout, exitCode } = await sluice('--help');
    assert.equal(exitCode, 0);
    for (const [word, { about }] of Object.entries(commands))
      assert.match(stdout, new RegExp(`^ {2}${word} +${about}$`, 'm'));
    assert.deepEqual(await sluice(), { stdout: '', stderr: stdout, exitCode: 2 });
  });

  test('says its version', async () => {
    assert.match((await sluice('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  const mistyped: readonly (readonly [word: string, sentence: string])[] = [
    ['gatway', 'unknown command "gatway": did you mean gateway?\n'],
    ['Check', 'unknown command "Check": did you mean check?\n'],
    ['xylophone', 'unknown command "xylophone": sluice --help names them all\n'],
    ['constructor', 'unknown command "constructor": sluice --help names them all\n'],
  ];
  for (const [word, stderr] of mistyped) {
    test(`answers ${word} in one sentence`, async () => {
      assert.deepEqual(await sluice(word), { stdout: '', stderr, exitCode: 2 });
    });
  }

  const passedOn: readonly (readonly [words: readonly string[], answer: RegExp])[] = [
    [['gateway', '--confg', 'x'], /unknown option --confg: did you mean --config\?/],
    [['sidecar'], /usage: sluice-sidecar --config FILE/],
    [['check', '/nowhere.json'], /cannot read \/nowhere\.json/],
    [['explain', '--config', '/nowhere.json'], /cannot read \/nowhere\.json/],
    [['guard', 'inspect'], /usage: sluice guard inspect FILE/],
    [['audit', 'verify'], /usage: sluice-gateway audit verify FILE/],
  ];
  for (const [words, answer] of passedOn) {
    test(`passes on: ${words.join(' ')}`, async () => {
      const { stdout, stderr } = await sluice(...words);
      assert.match(stdout + stderr, answer);
    });
  }
});

suite('the commands of the package', () => {
  test('say in one sentence that a Node is too old', async () => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { node: '24.21.0' } })`;
    const script = `${pretend}; require(${JSON.stringify(join(cli, 'bin', 'sluice.cjs'))})`;
    await assert.rejects(
      promisify(execFile)(process.execPath, ['--eval', script]),
      (error: { code: number; stderr: string }) => {
        assert.equal(error.code, 2);
        assert.match(error.stderr, /^Sluice needs Node 26 or newer, and this is 24\.21\.0: .+\n$/);
        return true;
      },
    );
  });
});
