/** Hostile guards A18: what engines can do and guards may not, feature by feature. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import createWabt from 'wabt';
import { bytes, handMadeGuard } from '../../harness/hand-made-guard.ts';
import { admitWhole, refusalOf } from '../../harness/module-refusal.ts';

const wabt = await createWabt();
const everything = {
  exceptions: true,
  threads: true,
  tail_call: true,
  memory64: true,
  multi_memory: true,
  extended_const: true,
  relaxed_simd: true,
};

/** A guard with these fields. */
function guard(fields: string): Uint8Array {
  const labels = ['label_agent', 'label_resource', 'label_response'].map(
    (name) => `(func (export "${name}") (param i32 i32 i32 i32) (result i32) i32.const 0)`,
  );
  const text = `(module (memory (export "memory") 1 2) ${labels.join(' ')} ${fields})`;
  const module = wabt.parseWat('guard.wat', text, everything);
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

const swizzle = '(drop (i8x16.relaxed_swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0)))';
const i32 = 0x7f;
const labelType = bytes(0x60, 4, i32, i32, i32, i32, 1, i32);

const refused: Record<string, { module: Uint8Array; says: RegExp }> = {
  'a tail call': {
    module: guard('(func $f return_call $f)'),
    says: /^it uses tail calls, which guards may not; build it without that \(clang: -mno-tail-call; .*\)$/,
  },
  'an indirect tail call': {
    module: guard('(table 1 funcref) (func (return_call_indirect (i32.const 0)))'),
    says: /^it uses tail calls, which/,
  },
  'a tail call in code that never runs': {
    module: guard('(func $f unreachable return_call $f)'),
    says: /^it uses tail calls, which/,
  },
  'an exception that is thrown': {
    module: guard('(tag) (func throw 0)'),
    says: /^it uses exceptions of WebAssembly, /,
  },
  'an exception that is caught, the old way': {
    module: guard('(func try catch_all end)'),
    says: /^it uses exceptions of WebAssembly, /,
  },
  'an exception that is caught, the new way': {
    module: guard('(func (block (try_table (catch_all 0))))'),
    says: /^it uses exceptions of WebAssembly, /,
  },
  'an exception tag that nobody throws': {
    module: guard('(tag)'),
    says: /^it uses exceptions of WebAssembly, /,
  },
  'an atomic load': {
    module: guard('(func (drop (i32.atomic.load (i32.const 0))))'),
    says: /^it uses threads \(shared memory or atomic instructions\), /,
  },
  'an atomic wait': {
    module: guard('(func (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))'),
    says: /^it uses threads/,
  },
  'a fence': { module: guard('(func atomic.fence)'), says: /^it uses threads/ },
  'relaxed SIMD': {
    module: guard(`(func ${swizzle})`),
    says: /^it uses relaxed SIMD, .*plain -msimd128 is fine\)$/,
  },
  'two features': {
    module: guard(`(func $f ${swizzle} return_call $f)`),
    says: /^it uses tail calls and relaxed SIMD, which guards may not/,
  },
  'an instruction of garbage collection': {
    module: handMadeGuard({ functions: [bytes(0, 0xfb, 0x1c, 0x1a, 0x0b)] }),
    says: /\(unexpected opcode: 0xfb, of garbage collection\); build it without that$/,
  },
  'an instruction of stack switching': {
    module: handMadeGuard({ functions: [bytes(0, 0xe0, 0, 0x0b)] }),
    says: /\(unexpected opcode: 0xe0, of stack switching\); build it without that$/,
  },
  'a call by a typed reference': {
    module: handMadeGuard({ functions: [bytes(0, 0x14, 0, 0x0b)] }),
    says: /\(unexpected opcode: 0x14, of typed function references\); build it without that$/,
  },
  'an instruction of string references': {
    module: handMadeGuard({ functions: [bytes(0, 0xfb, 0x82, 0x01, 0, 0x1a, 0x0b)] }),
    says: /^it is no valid WebAssembly module for guards \(unexpected opcode: 0xfb/,
  },
  'a structure type': {
    module: handMadeGuard({ entries: { 1: [bytes(0x5f, 1, i32, 0), labelType] } }),
    says: /a type of the form 0x5f \(garbage collection: a structure\), but guards may use function types only/,
  },
  'an array type': {
    module: handMadeGuard({ entries: { 1: [bytes(0x5e, i32, 0), labelType] } }),
    says: /0x5e \(garbage collection: an array\)/,
  },
  'a recursive group': {
    module: handMadeGuard({ entries: { 1: [bytes(0x4e, 1, 0x60, 0, 0), labelType] } }),
    says: /0x4e \(garbage collection: a recursive group\)/,
  },
  'a continuation type': {
    module: handMadeGuard({ entries: { 1: [bytes(0x5d, 1), labelType] } }),
    says: /0x5d \(stack switching: a continuation\)/,
  },
  'a typed function reference': {
    module: handMadeGuard({ entries: { 1: [bytes(0x60, 1, 0x64, 0x70, 0), labelType] } }),
    says: /the value type 0x64 \(typed function references, or garbage collection\), which guards may not use/,
  },
  'an exception reference': {
    module: handMadeGuard({ entries: { 1: [bytes(0x60, 1, 0x69, 0), labelType] } }),
    says: /the value type 0x69 \(exceptions\)/,
  },
  'a string reference': {
    module: handMadeGuard({ entries: { 1: [bytes(0x60, 1, 0x67, 0), labelType] } }),
    says: /the value type 0x67 \(string references\)/,
  },
  'code that does not validate': {
    module: guard('(func (result i32) i64.const 0)'),
    says: /^it is no valid WebAssembly module \(type mismatch in implicit return, expected \[i32\] but got \[i64\]\); build/,
  },
};

const accepted: Record<string, Uint8Array> = {
  'a call': guard('(func $f call $f)'),
  'mutable globals that are exported': guard('(global (export "g") (mut i32) (i32.const 0))'),
  'sign extension': guard('(func (drop (i32.extend8_s (i32.const 0))))'),
  'saturating conversion': guard('(func (drop (i32.trunc_sat_f64_u (f64.const 1e300))))'),
  'several values': guard('(func (result i32 i64) (i32.const 0) (i64.const 0))'),
  'bulk memory': guard(
    '(data "x") (func (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop 0))',
  ),
  'reference types': guard(
    '(table 1 externref) (func (param externref) (table.set 0 (i32.const 0) (local.get 0)))',
  ),
  'several tables': guard(
    '(table 1 funcref) (table 2 funcref) (func (table.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 1)))',
  ),
  'fixed-width SIMD': guard('(func (drop (i8x16.swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0))))'),
  'extended constants': guard('(global i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3))))'),
};

describe('A18 a feature that guards may not use is refused by its name', () => {
  for (const [name, { module, says }] of Object.entries(refused)) {
    it(`A18 ${name}`, async () => assert.match((await refusalOf(module)) ?? 'it was admitted', says));
  }
});

describe('A18 a feature that guards may use is admitted', () => {
  for (const [name, module] of Object.entries(accepted)) {
    it(`A18 ${name}`, async () => assert.ok(await admitWhole(module)));
  }
});
