import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { guardCommand, rulesGuard } from './guard-command.ts';

suite('sluice guard', () => {
  test('says what it can do', async () => {
    const { stdout, exitCode } = await guardCommand('--help');
    assert.equal(exitCode, 0);
    for (const word of ['inspect', 'run', 'test', 'bench', 'record'])
      assert.match(stdout, new RegExp(`^ {2}${word} `, 'm'));
    assert.match(stdout, /^exit codes: 0 .*, 1 .*, 2 /m);
    assert.deepEqual(await guardCommand(), { stdout: '', stderr: stdout, exitCode: 2 });
  });

  const mistakes: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
    [['inspekt'], /^unknown command "inspekt": did you mean inspect\?\n$/],
    [['constructor'], /^unknown command "constructor": sluice guard --help names them all\n$/],
    [['inspect'], /^usage: sluice guard inspect FILE\.wasm .*\n$/],
    [['run', rulesGuard], /^--tool is missing: .*\n$/],
    [['run', rulesGuard, '--tol', 'x'], /^unknown option --tol: did you mean --tool\?\n$/],
    [['run', rulesGuard, '--tool', 'x', '--args', '[]'], /^--args must be a JSON object, .*\n$/],
    [['run', rulesGuard, '--tool', 'x', '--args', '{"a":'], /^--args is no JSON: .*\n$/],
    [
      ['run', rulesGuard, '--tool', 'x', '--args', '@/nowhere'],
      /^--args: cannot read \/nowhere \(ENOENT\)\n$/,
    ],
    [
      ['run', rulesGuard, '--tool', 'x', '--backend', '[{"tool": "y"}]'],
      /^--backend\[0\]: write a result or an error, one of the two\n$/,
    ],
    [
      ['run', rulesGuard, '--tool', 'x', '--backend', '[{"tool": "y", "error": "NO"}]'],
      /^--backend\[0\]\.error: its code must be one of INTERNAL, .*\n$/,
    ],
    [['test', '/nowhere'], /^\/nowhere is no folder: usage: .*\n$/],
  ];
  for (const [args, sentence] of mistakes) {
    test(`answers ${args.join(' ').replace(rulesGuard, 'FILE')} in one sentence, and with 2`, async () => {
      const { stdout, stderr, exitCode } = await guardCommand(...args);
      assert.match(stderr, sentence);
      assert.deepEqual({ stdout, exitCode }, { stdout: '', exitCode: 2 });
    });
  }
});
