import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { defaultGuardLimits } from '../../../sidecar/guard-limits.ts';
import { assemble } from '../../harness/wasm-guard.ts';
import { folderWith, guardCommand, guardJson, rulesGuard } from './guard-command.ts';

suite('sluice guard inspect', () => {
  test('shows what a guard is and the limits that it would get', async () => {
    const { said, exitCode } = await guardJson('inspect', rulesGuard);
    assert.equal(exitCode, 0);
    const bytes = await readFile(rulesGuard);
    assert.equal(said.digest, createHash('sha256').update(bytes).digest('hex'));
    assert.equal(said.moduleBytes, bytes.length);
    assert.deepEqual(said.limits, defaultGuardLimits);
    assert.deepEqual(said.problems, []);
    assert.ok(said.start.residentBytes > 0);
    const { exports, imports } = said.declares;
    const signature = '(i32, i32, i32, i32) -> i32';
    assert.deepEqual(exports[0], { name: 'label_agent', kind: 'function', signature });
    assert.ok(imports.every(({ isAllowed }: { isAllowed: boolean }) => isAllowed));
    assert.ok(said.declares.memories.length === 1 && said.declares.tables.length === 1);
  });

  test('says so in words, without colours where nobody watches', async () => {
    const { stdout, exitCode } = await guardCommand('inspect', rulesGuard);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^exports {3}label_agent \(i32, i32, i32, i32\) -> i32$/m);
    assert.match(stdout, /a sidecar serves it\n$/);
    assert.ok(!stdout.includes('\u001b'));
  });

  test('names everything that is wrong, in the words of the admission', async () => {
    const folder = await folderWith();
    const file = join(folder, 'wrong.wasm');
    const text = `(module
      (import "env" "read_file" (func (param i32)))
      (memory (export "memory") 1000)
      (func (export "label_agent") (param i32) (result i32) i32.const 0)
      (func (export "alloc") (param i32) (result i32) i32.const 0))`;
    await writeFile(file, assemble(text));
    const { said, exitCode } = await guardJson('inspect', file);
    assert.equal(exitCode, 1);
    assert.equal(said.start, undefined);
    for (const words of [
      'it imports env.read_file, which no guard may; allowed are',
      'its export "label_agent" is (i32) -> i32 but must be a function (i32, i32, i32, i32) -> i32',
      'it has no export "label_resource"',
      'it has no export "label_response"',
      'its memory starts with 1000 pages (62.5 MiB) but may have 512 pages (32 MiB); raise limits.memoryPages',
      'it exports "alloc" without "dealloc"; export both, or neither',
    ])
      assert.ok(
        said.problems.some((problem: string) => problem.startsWith(words)),
        `${words} in ${said.problems.join('\n')}`,
      );
    assert.equal(said.problems.length, 6);
    assert.equal(said.declares.imports[0].isAllowed, false);
  });

  test('finds what only the validator sees, and what only a start shows', async () => {
    const folder = await folderWith('tail-calls', 'start-traps', 'no-alloc');
    const inspect = async (guest: string) => (await guardJson('inspect', join(folder, `${guest}.wasm`))).said;
    assert.match((await inspect('tail-calls')).problems.join(), /^it uses tail calls, which guards may not;/);
    assert.match((await inspect('start-traps')).problems.join(), /^it does not load: /);
    const { problems, advice } = await inspect('no-alloc');
    assert.deepEqual(problems, []);
    assert.match(advice.join(), /^it exports no alloc and dealloc/);
  });

  test('holds it to the limits that it is given', async () => {
    const few = await guardJson('inspect', rulesGuard, '--limits', '{"memoryPages": 1}');
    assert.equal(few.exitCode, 1);
    assert.match(few.said.problems.join(), /but may have 1 pages/);
    const none = await guardCommand('inspect', rulesGuard, '--limits', '{"memoryPages": 0}');
    assert.equal(none.exitCode, 2);
    assert.match(none.stderr, /^--limits: .*memoryPages: must be a whole number from 1 to 16384\n$/);
  });

  test('says that a file is no module, and that there is no file', async () => {
    const folder = await folderWith();
    const file = join(folder, 'text.wasm');
    await writeFile(file, 'hello');
    const { said, exitCode } = await guardJson('inspect', file);
    assert.equal(exitCode, 1);
    assert.equal(said.problems.length, 1);
    assert.deepEqual(await guardCommand('inspect', '/nowhere.wasm'), {
      stdout: '',
      stderr: 'cannot read /nowhere.wasm: is it the path of a .wasm file?\n',
      exitCode: 2,
    });
  });
});
