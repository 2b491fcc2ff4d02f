import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { folderWith, guardCommand, guardJson } from './guard-command.ts';

suite('sluice guard bench', () => {
  test('measures each export of a guard that labels', async () => {
    const folder = await folderWith('answers-public');
    const guest = join(folder, 'answers-public.wasm');
    const { said, exitCode } = await guardJson(
      'bench',
      guest,
      '--tool',
      'x',
      '--result',
      '{}',
      '--count',
      '20',
    );
    assert.deepEqual([exitCode, said.count], [0, 20]);
    assert.deepEqual(
      said.figures.map(({ asked }: { asked: string }) => asked),
      ['label_agent', 'label_resource', 'label_response'],
    );
    for (const { callsASecond, guestMs, elapsedMs } of said.figures)
      assert.ok(callsASecond > 0 && guestMs > 0 && elapsedMs.p99 >= elapsedMs.p50);
  });

  test('measures nothing where the guard fails, and says how', async () => {
    const folder = await folderWith('returns-error');
    const guest = join(folder, 'returns-error.wasm');
    const question = ['--tool', 'x', '--result', '{}', '--count', '5'];
    const { stdout, exitCode } = await guardCommand('bench', guest, ...question);
    assert.equal(exitCode, 1);
    assert.match(stdout, /^label_response failed: GUARD_ERROR {2}label_response returned the error code/);
    const wrong = await guardCommand('bench', guest, '--tool', 'x', '--count', '0');
    assert.deepEqual(
      [wrong.exitCode, wrong.stderr],
      [2, '--count: must be a whole number from 1 to 100000\n'],
    );
  });
});
