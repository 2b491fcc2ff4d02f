import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SuspendableImports, suspendableImportsModule } from '../../../sidecar/guest/suspendable-imports.ts';
import { assemble } from '../../harness/wasm-guard.ts';

const guestFolder = join(import.meta.dirname, '..', '..', '..', 'sidecar', 'guest');

/** A guest whose start section calls both imports, as its export `call` does. */
const guest = new WebAssembly.Module(
  assemble(`(module
    (import "host" "call_backend" (func $call_backend (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "host" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
    (global $at_start (export "at_start") (mut i32) (i32.const 0))
    (func $call (export "call") (result i32)
      (i32.add
        (call $call_backend (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6))
        (call $poll_oneoff (i32.const 10) (i32.const 20) (i32.const 30) (i32.const 40))))
    (func $start (global.set $at_start (call $call)))
    (start $start))`),
);

const sum = (...numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

describe('suspendable imports', () => {
  it('are the bytes of their source', async () => {
    const source = await readFile(join(guestFolder, 'suspendable-imports.wat'), 'utf8');
    assert.equal(Buffer.from(assemble(source)).toString('base64'), suspendableImportsModule);
  });

  it('are plain calls in a start section, and suspend afterwards', async () => {
    const suspending = async (...numbers: number[]) => {
      await new Promise((resolve) => setImmediate(resolve));
      return sum(...numbers);
    };
    const atStart = { call_backend: () => -1, poll_oneoff: (...numbers: number[]) => -sum(...numbers) };
    const imports = new SuspendableImports({ call_backend: suspending, poll_oneoff: suspending }, atStart);
    const host = { call_backend: imports.callBackend, poll_oneoff: imports.pollOneoff };
    const { exports } = new WebAssembly.Instance(guest, { host });
    const { at_start, call } = exports;
    assert.ok(at_start instanceof WebAssembly.Global && call !== undefined);
    assert.equal(at_start.value, -101);
    imports.hasStarted();
    assert.equal(await WebAssembly.promising(call)(), 121);
  });
});
