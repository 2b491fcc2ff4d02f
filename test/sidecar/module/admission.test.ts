import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GuardError } from '../../../sidecar/guard-error.ts';
import { type AdmissionLimits, admit } from '../../../sidecar/module/admission.ts';
import { allowedImports } from '../../../sidecar/module/allowed-imports.ts';
import { compileWat } from '../../guards/compile-wat.ts';

const limits: AdmissionLimits = { memoryPages: 512, tableEntries: 1000, moduleBytes: 1_000_000 };

const memory = '(memory (export "memory") 1)';
const label = '(param i32 i32 i32 i32) (result i32) i32.const 0';
const labels = `
  (func (export "label_agent") ${label})
  (func (export "label_resource") ${label})
  (func (export "label_response") ${label})`;

/** The least guard with `fields` in front of its own. */
function guard(fields = ''): string {
  return `(module ${fields} ${memory} ${labels})`;
}

describe('a module that keeps the ABI is admitted', () => {
  it('with the facts about it', () => {
    const facts = admit(
      compileWat(`(module
        (import "env" "call_backend" (func (param i32 i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
        (memory (export "memory") 17 600)
        (table 10 funcref)
        (global (mut i32) (i32.const 0))
        ${labels}
        (func (export "alloc") (param i32) (result i32) i32.const 0)
        (func (export "dealloc") (param i32 i32))
        (func $start)
        (func (export "_initialize"))
        (start $start)
        (data (i32.const 0) "x"))`),
      limits,
    );
    assert.deepEqual(facts, {
      exports: [
        { name: 'memory', kind: 'memory', index: 0 },
        { name: 'label_agent', kind: 'function', index: 2 },
        { name: 'label_resource', kind: 'function', index: 3 },
        { name: 'label_response', kind: 'function', index: 4 },
        { name: 'alloc', kind: 'function', index: 5 },
        { name: 'dealloc', kind: 'function', index: 6 },
        { name: '_initialize', kind: 'function', index: 8 },
      ],
      imports: [
        {
          module: 'env',
          name: 'call_backend',
          kind: 'function',
          signature: '(i32, i32, i32, i32, i32, i32) -> i32',
        },
        {
          module: 'wasi_snapshot_preview1',
          name: 'clock_time_get',
          kind: 'function',
          signature: '(i32, i64, i32) -> i32',
        },
      ],
      memory: { minimumPages: 17, maximumPages: 600 },
      hasAlloc: true,
      hasInitialize: true,
      hasStart: true,
    });
  });

  it('the least one, too', () => {
    const facts = admit(compileWat(guard()), limits);
    assert.deepEqual(facts.memory, { minimumPages: 1, maximumPages: undefined });
    assert.deepEqual([facts.hasAlloc, facts.hasInitialize, facts.hasStart], [false, false, false]);
  });

  it('when it imports all that the ABI allows', () => {
    assert.equal(allowedImports.get('wasi_snapshot_preview1')?.size, 46);
    const imports = [...allowedImports].flatMap(([module, names]) =>
      [...names].map(([name, signature]) => importOf(module, name, signature)),
    );
    assert.equal(admit(compileWat(guard(imports.join('\n'))), limits).imports.length, 50);
  });

  it('with a program beside the labels: _start never runs', () => {
    assert.ok(admit(compileWat(guard('(func (export "_start"))')), limits));
  });

  it('with exports of any name, and many of them', () => {
    const names = ['then', '__proto__', 'constructor', 'toString', '\\00', '\\c3\\a9'];
    for (let index = 0; index < 20_000; index++) names.push(`e${index}`);
    const exports = names.map((name) => `(export "${name}" (func $f))`).join('\n');
    assert.equal(admit(compileWat(guard(`(func $f) ${exports}`)), limits).exports.length, names.length + 4);
  });

  it('at each limit', () => {
    const wat = `(module (memory (export "memory") 512) (table 600 funcref) (table 400 externref) ${labels})`;
    const bytes = compileWat(wat);
    assert.ok(admit(bytes, { ...limits, moduleBytes: bytes.length }));
  });
});

/** WebAssembly text: what is refused, and the whole sentence. */
const refusals: Record<string, { wat: string; says: string }> = {
  'no memory': {
    wat: `(module ${labels})`,
    says: 'it has no export "memory" but must export its memory under that name; add the export',
  },
  'a memory that is not exported': {
    wat: `(module (memory 1) ${labels})`,
    says: 'it has no export "memory" but must export its memory under that name; add the export',
  },
  'a memory of another name': {
    wat: `(module (memory (export "mem") 1) ${labels})`,
    says: 'it has no export "memory" but must export its memory under that name; add the export',
  },
  'a function called memory': {
    wat: `(module (func (export "memory")) ${labels})`,
    says: 'its export "memory" is a function but must be its memory; rename that export',
  },
  'no label_response': {
    wat: guard().replace('"label_response"', '"label_reponse"'),
    says: 'it has no export "label_response" but must export it as a function (i32, i32, i32, i32) -> i32; add it and build it again',
  },
  'an empty module': {
    wat: '(module)',
    says: 'it has no export "label_agent" but must export it as a function (i32, i32, i32, i32) -> i32; add it and build it again',
  },
  'a program': {
    wat: `(module ${memory} (func (export "_start")))`,
    says: 'it is a program (it exports _start) and has none of the label_* exports; build it as a library: a reactor, or -buildmode=c-shared',
  },
  'label_agent with three parameters': {
    wat: guard().replace(
      `"label_agent") ${label}`,
      '"label_agent") (param i32 i32 i32) (result i32) i32.const 0',
    ),
    says: 'its export "label_agent" is (i32, i32, i32) -> i32 but must be a function (i32, i32, i32, i32) -> i32; correct its declaration',
  },
  'label_resource with 64-bit pointers': {
    wat: guard().replace(
      `"label_resource") ${label}`,
      '"label_resource") (param i64 i64 i64 i64) (result i32) i32.const 0',
    ),
    says: 'its export "label_resource" is (i64, i64, i64, i64) -> i32 but must be a function (i32, i32, i32, i32) -> i32; correct its declaration',
  },
  'label_response with two results': {
    wat: guard().replace(
      `"label_response") ${label}`,
      '"label_response") (param i32 i32 i32 i32) (result i32 externref) i32.const 0 ref.null extern',
    ),
    says: 'its export "label_response" is (i32, i32, i32, i32) -> (i32, externref) but must be a function (i32, i32, i32, i32) -> i32; correct its declaration',
  },
  'label_agent as a global': {
    wat: `(module ${memory} (global (export "label_agent") i32 (i32.const 1)))`,
    says: 'its export "label_agent" is a global but must be a function (i32, i32, i32, i32) -> i32; correct the export',
  },
  'label_agent as a table': {
    wat: `(module ${memory} (table (export "label_agent") 1 funcref))`,
    says: 'its export "label_agent" is a table but must be a function (i32, i32, i32, i32) -> i32; correct the export',
  },
  'label_agent that is a host function': {
    wat: `(module (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
      ${memory} (export "label_agent" (func $w)))`,
    says: 'its export "label_agent" is an imported function but must be its own; export a function of the guard',
  },
  'alloc that is a host function': {
    wat: guard(`(import "wasi_snapshot_preview1" "fd_close" (func $c (param i32) (result i32)))
      (export "alloc" (func $c)) (func (export "dealloc") (param i32 i32))`),
    says: 'its export "alloc" is an imported function but must be its own; export a function of the guard',
  },
  'alloc without dealloc': {
    wat: guard('(func (export "alloc") (param i32) (result i32) i32.const 0)'),
    says: 'it exports "alloc" without "dealloc"; export both, or neither',
  },
  'dealloc without alloc': {
    wat: guard('(func (export "dealloc") (param i32 i32))'),
    says: 'it exports "dealloc" without "alloc"; export both, or neither',
  },
  'alloc without a result': {
    wat: guard('(func (export "alloc") (param i32)) (func (export "dealloc") (param i32 i32))'),
    says: 'its export "alloc" is (i32) -> () but must be a function (i32) -> i32; correct its declaration',
  },
  'dealloc with one parameter': {
    wat: guard(
      '(func (export "alloc") (param i32) (result i32) i32.const 0) (func (export "dealloc") (param i32))',
    ),
    says: 'its export "dealloc" is (i32) -> () but must be a function (i32, i32) -> (); correct its declaration',
  },
  'alloc as a global': {
    wat: guard('(global (export "alloc") i32 (i32.const 1))'),
    says: 'its export "alloc" is a global but must be a function (i32) -> i32; correct the export',
  },
  '_initialize with a parameter': {
    wat: guard('(func (export "_initialize") (param i32))'),
    says: 'its export "_initialize" is (i32) -> () but must be a function () -> (); correct its declaration',
  },
  'an import that no guard may have': {
    wat: guard('(import "env" "emscripten_memcpy" (func))'),
    says: 'it imports env.emscripten_memcpy, which no guard may; allowed are env.call_backend, host_log, abort and backend_error, and wasi_snapshot_preview1',
  },
  'an import of an older WASI': {
    wat: guard('(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))'),
    says: 'it imports wasi_unstable.fd_write, which no guard may; build it for wasm32-wasip1',
  },
  'an import by a name that objects have': {
    wat: guard('(import "env" "constructor" (func))'),
    says: 'it imports env.constructor, which no guard may; allowed are env.call_backend, host_log, abort and backend_error, and wasi_snapshot_preview1',
  },
  'an import whose name forges a line': {
    wat: guard(`(import "env\\n\\1b[31m" "a\\00\\e2\\80\\ae${'x'.repeat(200)}" (func))`),
    says: `it imports env [31m.a ${'x'.repeat(77)}…, which no guard may; allowed are env.call_backend, host_log, abort and backend_error, and wasi_snapshot_preview1`,
  },
  'an allowed import as a global': {
    wat: guard('(import "env" "host_log" (global i32))'),
    says: 'it imports env.host_log as a global but it is a function (i32, i32, i32) -> (); correct the import',
  },
  'an allowed import as a table': {
    wat: guard('(import "wasi_snapshot_preview1" "fd_write" (table 1 funcref))'),
    says: 'it imports wasi_snapshot_preview1.fd_write as a table but it is a function (i32, i32, i32, i32) -> i32; correct the import',
  },
  'an allowed import with another signature': {
    wat: guard('(import "env" "call_backend" (func (param i32 i32 i32 i32) (result i32)))'),
    says: 'it imports env.call_backend as (i32, i32, i32, i32) -> i32 but it is (i32, i32, i32, i32, i32, i32) -> i32; correct the declaration',
  },
  'an allowed import with a huge signature': {
    wat: guard(`(import "env" "abort" (func (param ${'i32 '.repeat(900)})))`),
    says: `it imports env.abort as (${'i32, '.repeat(30).slice(0, 118)}… but it is (i32, i32, i32, i32) -> (); correct the declaration`,
  },
  'an imported memory': {
    wat: `(module (import "env" "memory" (memory 1)) (export "memory" (memory 0)) ${labels})`,
    says: 'it imports its memory (env.memory) but must define and export it; link it without --import-memory',
  },
  'two memories': {
    wat: `(module (memory (export "memory") 1) (memory 1) ${labels})`,
    says: 'it has 2 memories but must have one; build it without multi-memory',
  },
  'a shared memory': {
    wat: `(module (memory (export "memory") 1 2 shared) ${labels})`,
    says: 'its memory is shared but must not be; build it without threads',
  },
  'a 64-bit memory': {
    wat: `(module (memory (export "memory") i64 1) ${labels})`,
    says: 'its memory has 64-bit addresses but must have 32-bit ones; build it for wasm32',
  },
  'a memory minimum above the limit': {
    wat: `(module (memory (export "memory") 513) ${labels})`,
    says: 'its memory starts with 513 pages (32.0625 MiB) but may have 512 pages (32 MiB); raise limits.memoryPages, or build it with a smaller initial memory',
  },
  'a memory of 4 GiB': {
    wat: `(module (memory (export "memory") 65536) ${labels})`,
    says: 'its memory starts with 65536 pages (4096 MiB) but may have 512 pages (32 MiB); raise limits.memoryPages, or build it with a smaller initial memory',
  },
  'a table minimum above the limit': {
    wat: guard('(table 10000000 funcref)'),
    says: 'its tables start with 10000000 entries but may have 1000; raise limits.tableEntries, or build it with fewer indirect functions',
  },
  'tables that are above the limit together': {
    wat: guard('(table 501 funcref) (table 500 externref)'),
    says: 'its tables start with 1001 entries but may have 1000; raise limits.tableEntries, or build it with fewer indirect functions',
  },
};

describe('a module that breaks the ABI is refused in one sentence that says what to do', () => {
  for (const [name, { wat, says }] of Object.entries(refusals)) {
    it(name, () => assert.equal(refusalOf(compileWat(wat)).message, says));
  }

  it('a file above the limit', () => {
    const bytes = compileWat(guard());
    const refusal = refusalOf(bytes, { ...limits, moduleBytes: 100 });
    assert.equal(
      refusal.message,
      `its file has ${bytes.length} bytes but may have 100; strip it or build it for size`,
    );
  });
});

/** WebAssembly text of an import. */
function importOf(module: string, name: string, signature: string): string {
  const [parameters = '', result = ''] = signature.replace(/[(),]/g, '').split(/ ?-> /);
  return `(import "${module}" "${name}" (func (param ${parameters}) (result ${result})))`;
}

function refusalOf(bytes: Uint8Array, within = limits): GuardError {
  try {
    admit(bytes, within);
  } catch (error) {
    assert.ok(error instanceof GuardError, `a ${error} is no GuardError`);
    assert.equal(error.code, 'GUARD_UNAVAILABLE');
    return error;
  }
  return assert.fail('it was admitted');
}
