import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { assemble, temporaryFolder } from '../harness/wasm-guard.ts';
import { coreReport } from './core-report.ts';
import { coreCases } from './core-suite.ts';

const judge = join(import.meta.dirname, 'core-judge.ts');

const modules: Record<string, { bytes: Uint8Array; type: string; text?: string }> = {
  plain: { bytes: assemble('(module (func))'), type: 'module' },
  'tail-call': { bytes: assemble('(module (func $f return_call $f))'), type: 'module' },
  unlinkable: { bytes: assemble('(module (import "a" "b" (func)))'), type: 'assert_unlinkable' },
  mistyped: { bytes: assemble('(module (func (result i32)))'), type: 'assert_invalid' },
  malformed: { bytes: Buffer.from('wasm?'), type: 'assert_malformed' },
  outdated: { bytes: assemble('(module)'), type: 'assert_invalid', text: 'multiple tables' },
};

describe('the core suite', () => {
  let folder: string;
  before(async () => {
    folder = await temporaryFolder();
    for (const [name, { bytes }] of Object.entries(modules))
      await writeFile(join(folder, `${name}.wasm`), bytes);
    const commands = Object.entries(modules).map(([name, { type, text }]) => ({
      type,
      text,
      filename: `${name}.wasm`,
    }));
    const others = [
      { type: 'assert_return' },
      { type: 'assert_malformed', filename: 'text.wat' },
      'nonsense',
      null,
    ];
    await writeFile(join(folder, 'list.json'), JSON.stringify({ commands: [...commands, ...others] }));
    await writeFile(join(folder, 'other.json'), '[]');
  });

  it('meets the ends that it should, each counted', async () => {
    const { counts, wrong } = await coreReport(await coreCases(folder), folder, judge);
    assert.deepEqual(Object.fromEntries(counts), {
      'valid: accepted': 2,
      'valid: refused for tail_call': 1,
      'invalid: refused by validator': 1,
      'invalid: refused by structure': 1,
    });
    assert.deepEqual(wrong, []);
  });

  it('shows a module that met the wrong end', async () => {
    const [plain, , , mistyped] = await coreCases(folder);
    assert.ok(plain !== undefined && mistyped !== undefined);
    const reversed = [plain, mistyped].map(({ path, isValid }) => ({ path, isValid: !isValid }));
    const { wrong } = await coreReport(reversed, folder, judge);
    assert.deepEqual(wrong, [
      'plain.wasm (invalid): nobody ',
      'mistyped.wasm (valid): validator type mismatch in implicit return, expected [i32] but got []',
    ]);
  });

  it('shows a module that crashes what judges it, and goes on', async () => {
    const crashing = join(folder, 'crash.ts');
    await writeFile(crashing, `process.stdin.once('data', () => process.exit(7));`);
    const { counts } = await coreReport(await coreCases(folder), folder, crashing);
    assert.deepEqual(Object.fromEntries(counts), { 'valid: crash': 3, 'invalid: crash': 2 });
  });
});
