import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const check = join(import.meta.dirname, '..', 'require-node.cjs');

/** Runs the check in a process that says it is Node `version`. */
function runAs(version: string): Promise<{ stdout: string; stderr: string }> {
  const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`;
  return run(process.execPath, ['--eval', `${pretend}; require(${JSON.stringify(check)})`]);
}

suite('the Node that an npm script finds', () => {
  test('is refused in one sentence when it is too old', async () => {
    await assert.rejects(runAs('20.20.2'), (error: { code: number; stderr: string }) => {
      assert.equal(error.code, 1);
      assert.match(error.stderr, /^Sluice needs Node 26 or newer, and this is 20\.20\.2: .+\n$/);
      return true;
    });
  });

  test('is taken without a word when it is new enough', async () => {
    assert.deepEqual(await runAs('26.0.0'), { stdout: '', stderr: '' });
  });

  test('is the pinned one in this checkout', { skip: process.platform !== 'linux' }, () => {
    assert.equal(process.versions.node, '26.10.0');
  });
});
