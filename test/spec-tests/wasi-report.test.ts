import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { assemble, temporaryFolder } from '../harness/wasm-guard.ts';
import { wasiReport } from './wasi-report.ts';
import { wasiCases } from './wasi-suite.ts';

const imports = `
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))`;
const program = (body: string) =>
  assemble(`(module ${imports} (memory (export "memory") 1)
    (data (i32.const 0) "\\08\\00\\00\\00\\05\\00\\00\\00hello") (func (export "_start") ${body}))`);
const hello = '(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))';

const programs: Record<string, { body: string; says?: object; end: string }> = {
  returns: { body: '', end: 'passed' },
  exits: { body: '(call $exit (i32.const 33))', says: { exit_code: 33 }, end: 'passed' },
  writes: { body: hello, says: { stdout: 'hello' }, end: 'passed' },
  'writes-something-else': { body: hello, says: { stdout: 'bye' }, end: 'failed' },
  'exits-otherwise': { body: '(call $exit (i32.const 1))', end: 'failed' },
  traps: { body: 'unreachable', end: 'failed' },
  'misses-its-folder': {
    body: '(call $exit (call $prestat (i32.const 3) (i32.const 0)))',
    says: { root: 'fs-tests.dir' },
    end: 'not applicable',
  },
};

describe('the WASI suite', () => {
  let folder: string;
  before(async () => {
    folder = await temporaryFolder();
    const modules = join(folder, 'wasm32-wasip1');
    await mkdir(modules);
    for (const [name, { body, says }] of Object.entries(programs)) {
      await writeFile(join(modules, `${name}.wasm`), program(body));
      if (says !== undefined) await writeFile(join(modules, `${name}.json`), JSON.stringify(says));
    }
  });

  it('passes, fails, or asks for what guards do not have', async () => {
    const results = await wasiReport(await wasiCases(folder), join(import.meta.dirname, 'wasi-run.ts'));
    assert.deepEqual(
      Object.fromEntries(results.map(({ name, end }) => [name, end])),
      Object.fromEntries(Object.entries(programs).map(([name, { end }]) => [name, end])),
    );
  });
});
