/** Hostile guards A14–A17, A19–A22, A25 and D9: what a module declares, and must not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileWat } from '../../guards/compile-wat.ts';
import { bytes, exported, handMadeGuard, named, repeated, sized } from '../../harness/hand-made-guard.ts';
import { admitWhole, refusalOf } from '../../harness/module-refusal.ts';

const memory = '(memory (export "memory") 1)';
const label = '(param i32 i32 i32 i32) (result i32) i32.const 0';
const labelsBut = (name: string) =>
  ['label_agent', 'label_resource', 'label_response']
    .filter((each) => each !== name)
    .map((each) => `(func (export "${each}") ${label})`)
    .join('\n');
const labels = labelsBut('');

/** The least guard with `fields` in front of its own. */
const guard = (fields: string) => `(module ${fields} ${memory} ${labels})`;

/** The least guard whose label_agent is something else. */
const agentIs = (field: string) => `(module ${memory} ${field} ${labelsBut('label_agent')})`;

const withSignature = (signature: string, body: string) =>
  agentIs(`(func (export "label_agent") ${signature} ${body})`);

/** An import entry of the function type 0, `() -> ()`. */
const importEntry = Buffer.concat([sized(Buffer.from('env')), sized(Buffer.from('host_log')), bytes(0, 0)]);
const labelExports = ['agent', 'resource', 'response'].map((name) => exported(`label_${name}`, 0));

const refused: Record<string, { module: string | Uint8Array; says: RegExp }> = {
  'A14 an import of an unknown module': {
    module: guard('(import "evil" "run" (func))'),
    says: /^it imports evil\.run, which no guard may; allowed are/,
  },
  'A14 an import of an unknown name': {
    module: guard('(import "env" "then" (func))'),
    says: /^it imports env\.then, which no guard may/,
  },
  'A14 a right name as a global': {
    module: guard('(import "env" "host_log" (global i32))'),
    says: /as a global but it is a function \(i32, i32, i32\) -> \(\)/,
  },
  'A14 a right name as a memory': {
    module: `(module (import "env" "host_log" (memory 1)) ${labels})`,
    says: /^it imports its memory \(env\.host_log\) but must define and export it/,
  },
  'A14 a right name as a table': {
    module: guard('(import "env" "host_log" (table 1 funcref))'),
    says: /as a table but it is a function/,
  },
  'A14 a right name as a tag': {
    module: handMadeGuard({
      entries: {
        2: [Buffer.concat([sized(Buffer.from('env')), sized(Buffer.from('abort')), bytes(4, 0, 0)])],
      },
    }),
    says: /^it imports env\.abort as a tag but it is a function/,
  },
  'A14 a right name with fewer parameters': {
    module: guard('(import "env" "call_backend" (func (param i32) (result i32)))'),
    says: /^it imports env\.call_backend as \(i32\) -> i32 but it is \(i32, i32, i32, i32, i32, i32\) -> i32/,
  },
  'A14 a right name with 64-bit parameters': {
    module: guard('(import "env" "host_log" (func (param i64 i64 i64)))'),
    says: /as \(i64, i64, i64\) -> \(\) but it is/,
  },
  'A14 a right name with a result more': {
    module: guard('(import "env" "host_log" (func (param i32 i32 i32) (result i32)))'),
    says: /as \(i32, i32, i32\) -> i32 but it is/,
  },
  'A14 one function imported 100,000 times': {
    module: handMadeGuard({ entries: { 2: Array.from({ length: 100_000 }, () => importEntry) } }),
    says: /its import section has 100000 imports but may have 1000/,
  },
  'A15 an import of an older WASI': {
    module: guard('(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))'),
    says: /^it imports wasi_unstable\.fd_write, which no guard may; build it for wasm32-wasip1$/,
  },
  'A15 an import of a newer WASI': {
    module: guard('(import "wasi:cli/run@0.2.0" "run" (func))'),
    says: /build it for wasm32-wasip1$/,
  },
  'A15 an import of emscripten': {
    module: guard('(import "env" "emscripten_resize_heap" (func (param i32) (result i32)))'),
    says: /^it imports env\.emscripten_resize_heap, which no guard may/,
  },
  'A16 an imported shared memory': {
    module: `(module (import "env" "memory" (memory 1 2 shared)) (export "memory" (memory 0)) ${labels})`,
    says: /^it imports its memory/,
  },
  'A16 a shared memory': {
    module: `(module (memory (export "memory") 1 2 shared) ${labels})`,
    says: /^its memory is shared but must not be; build it without threads$/,
  },
  'A16 a 64-bit memory': {
    module: `(module (memory (export "memory") i64 1) ${labels})`,
    says: /^its memory has 64-bit addresses but must have 32-bit ones; build it for wasm32$/,
  },
  'A16 a 64-bit memory of more than all addresses': {
    module: handMadeGuard({
      entries: { 5: [bytes(4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)] },
    }),
    says: /^its memory has 64-bit addresses/,
  },
  'A16 two memories': {
    module: `(module (memory (export "memory") 1) (memory 1) ${labels})`,
    says: /^it has 2 memories but must have one; build it without multi-memory$/,
  },
  'A16 a memory that starts with 65,536 pages': {
    module: `(module (memory (export "memory") 65536) ${labels})`,
    says: /^its memory starts with 65536 pages \(4096 MiB\) but may have 512 pages \(32 MiB\)/,
  },
  'A17 a table of ten million': {
    module: guard('(table 10000000 funcref)'),
    says: /^its tables start with 10000000 entries but may have 65536/,
  },
  'A17 a hundred tables of a million': {
    module: guard('(table 1000000 funcref)'.repeat(100)),
    says: /its table section has 100 tables but may have 16/,
  },
  'A17 sixteen tables that are above the limit together': {
    module: guard('(table 4097 externref)'.repeat(16)),
    says: /^its tables start with 65552 entries but may have 65536/,
  },
  'A17 a 64-bit table': {
    module: handMadeGuard({ entries: { 4: [bytes(0x70, 4, 1)] } }),
    says: /^it has a shared or 64-bit table, which no guard may/,
  },
  'A19 no label_agent': {
    module: agentIs(''),
    says: /^it has no export "label_agent" but must export it as a function \(i32, i32, i32, i32\) -> i32; add it/,
  },
  'A19 label_agent as a global': {
    module: agentIs('(global (export "label_agent") i32 (i32.const 0))'),
    says: /^its export "label_agent" is a global but must be a function/,
  },
  'A19 label_agent as a table': {
    module: agentIs('(table (export "label_agent") 1 funcref)'),
    says: /^its export "label_agent" is a table but must be a function/,
  },
  'A19 label_agent as the memory': {
    module: agentIs('(export "label_agent" (memory 0))'),
    says: /^its export "label_agent" is a memory but must be a function/,
  },
  'A19 label_agent with three parameters': {
    module: withSignature('(param i32 i32 i32) (result i32)', 'i32.const 0'),
    says: /^its export "label_agent" is \(i32, i32, i32\) -> i32 but must be a function/,
  },
  'A19 label_agent with parameters of 64 bits': {
    module: withSignature('(param i64 i64 i64 i64) (result i32)', 'i32.const 0'),
    says: /is \(i64, i64, i64, i64\) -> i32 but must be/,
  },
  'A19 label_agent with floating-point parameters': {
    module: withSignature('(param f32 f64 i32 i32) (result i32)', 'i32.const 0'),
    says: /is \(f32, f64, i32, i32\) -> i32 but must be/,
  },
  'A19 label_agent with a vector': {
    module: withSignature('(param i32 i32 i32 v128) (result i32)', 'i32.const 0'),
    says: /is \(i32, i32, i32, v128\) -> i32 but must be/,
  },
  'A19 label_agent with a reference': {
    module: withSignature('(param i32 i32 i32 externref) (result i32)', 'i32.const 0'),
    says: /is \(i32, i32, i32, externref\) -> i32 but must be/,
  },
  'A19 label_agent with two results': {
    module: withSignature('(param i32 i32 i32 i32) (result i32 i32)', 'i32.const 0 i32.const 0'),
    says: /is \(i32, i32, i32, i32\) -> \(i32, i32\) but must be/,
  },
  'A19 label_agent without a result': {
    module: withSignature('(param i32 i32 i32 i32)', ''),
    says: /is \(i32, i32, i32, i32\) -> \(\) but must be/,
  },
  'A20 label_agent that is a host function': {
    module: `(module (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
      ${memory} (export "label_agent" (func $w)) ${labelsBut('label_agent')})`,
    says: /^its export "label_agent" is an imported function but must be its own; export a function of the guard$/,
  },
  'A20 _initialize that is a host function': {
    module: guard(
      '(import "env" "host_log" (func $log (param i32 i32 i32))) (export "_initialize" (func $log))',
    ),
    says: /^its export "_initialize" is an imported function but must be its own/,
  },
  'A22 no memory': { module: `(module ${labels})`, says: /^it has no export "memory"/ },
  'A22 a function called memory': {
    module: `(module (func (export "memory")) ${labels})`,
    says: /^its export "memory" is a function but must be its memory; rename that export$/,
  },
  'A22 a memory under another name': {
    module: `(module (memory (export "mem") 1) ${labels})`,
    says: /^it has no export "memory" but must export its memory under that name; add the export$/,
  },
  'A22 a memory that is not there': {
    module: handMadeGuard({ entries: { 5: [], 7: [exported('memory', 2), ...labelExports] } }),
    says: /^its export "memory" is a memory that it does not have/,
  },
  'D9 a page size of its own': {
    module: handMadeGuard({ entries: { 5: [bytes(8, 1, 0)] } }),
    says: /its memory section holds a memory of a page size of its own, but pages must have 64 KiB/,
  },
  'D9 a memory whose minimum is above its maximum': {
    module: handMadeGuard({ entries: { 5: [bytes(1, 2, 1)] } }),
    says: /its memory section has the minimum 2 above its maximum 1/,
  },
};

const accepted: Record<string, string | Uint8Array> = {
  'A14 imports of the ABI': guard('(import "env" "host_log" (func (param i32 i32 i32)))'),
  'A14 one function imported a few times': guard(
    '(import "env" "host_log" (func (param i32 i32 i32)))'.repeat(9),
  ),
  'A15 files and sockets of WASI, which link and do nothing': guard(`
    (import "wasi_snapshot_preview1" "path_open"
      (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_send" (func (param i32 i32 i32 i32 i32) (result i32)))`),
  'A16 a memory without a maximum': `(module (memory (export "memory") 512) ${labels})`,
  'A16 a memory with a maximum that it will never have': `(module (memory (export "memory") 1 65536) ${labels})`,
  'A17 a table of 65,536': guard('(table 65536 funcref)'),
  'A19 exports with the right signatures': guard(''),
  'A20 a host function under a name that nobody calls': guard(
    '(import "env" "host_log" (func $log (param i32 i32 i32))) (export "log" (func $log))',
  ),
  'A21 exports by names that objects have, and many of them': guard(`(func $f)
    ${['then', '__proto__', 'constructor', 'toString', 'valueOf'].map((name) => `(export "${name}" (func $f))`).join(' ')}
    ${Array.from({ length: 90_000 }, (_, index) => `(export "e${index}" (func $f))`).join('\n')}`),
  'A22 a memory under two names': guard('(export "mem" (memory 0))'),
  'A25 a section that looks like a manifest and is none': handMadeGuard({
    custom: [
      named('sluice.manifest', Buffer.from('{"name":"a","name":"b"')),
      named('sluice.manifest', repeated(1000, 0xff)),
      named('sluice.manifest', Buffer.alloc(5_000_000, '[')),
    ],
  }),
  'D9 a memory whose minimum is its maximum': `(module (memory (export "memory") 2 2) ${labels})`,
};

const compiled = (module: string | Uint8Array) => (typeof module === 'string' ? compileWat(module) : module);

describe('a hostile declaration is refused', () => {
  for (const [name, { module, says }] of Object.entries(refused)) {
    it(name, async () => assert.match((await refusalOf(compiled(module))) ?? 'it was admitted', says));
  }
});

describe('a benign declaration of the same shape is admitted', () => {
  for (const [name, module] of Object.entries(accepted)) {
    it(name, async () => assert.ok(await admitWhole(compiled(module))));
  }
});
