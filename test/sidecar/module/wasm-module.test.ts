import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GuardError } from '../../../sidecar/guard-error.ts';
import { admit, type ModuleFacts } from '../../../sidecar/module/admission.ts';
import { readWasmModule } from '../../../sidecar/module/wasm-module.ts';
import { compileWat } from '../../guards/compile-wat.ts';

const preamble = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** A guard with every kind of section before its code, which comes last. */
const valid = compileWat(`(module
  (import "env" "host_log" (func (param i32 i32 i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (table 3 10 funcref)
  (memory (export "memory") 2 4)
  (global (export "g") (mut i64) (i64.const 7))
  (func $label (export "label_agent") (export "label_resource") (export "label_response")
    (param i32 i32 i32 i32) (result i32) i32.const 0)
  (func (export "alloc") (param i32) (result i32) i32.const 0)
  (func (export "dealloc") (param i32 i32))
  (func $start (export "_initialize"))
  (start $start)
  (elem (i32.const 0) $label))`);

const limits = { memoryPages: 512, tableEntries: 1000, moduleBytes: 1_000_000 };

describe('a module is read from its bytes', () => {
  it('as it declares itself', () => {
    const module = readWasmModule(Uint8Array.from([...valid, 0, 3, 1, 0x78, 9]));
    assert.deepEqual(module.functions.slice(0, 3), [
      '(i32, i32, i32) -> ()',
      '(i32, i32, i32, i32) -> i32',
      '(i32, i32, i32, i32) -> i32',
    ]);
    assert.deepEqual(module.tables, [{ minimum: 3, maximum: 10, isShared: false, is64Bit: false }]);
    assert.deepEqual(module.memories, [{ minimum: 2, maximum: 4, isShared: false, is64Bit: false }]);
    assert.equal(module.start, 5);
    assert.deepEqual(module.customSections, ['x']);
    assert.deepEqual(module.exports.at(1), { name: 'g', kind: 'global', index: 0 });
  });

  it('with numbers that a linker padded to five bytes', () => {
    const memory = [5, 0x87, 0x80, 0x80, 0x80, 0x00, 1, 0, 0x82, 0x80, 0x80, 0x80, 0x00];
    const module = readWasmModule(Uint8Array.from([...preamble, ...memory]));
    assert.equal(module.memories[0]?.minimum, 2);
  });
});

/** Bytes after the preamble, or all bytes: what is refused. */
const refusals: Record<string, { bytes: number[]; says: RegExp }> = {
  'an empty file': {
    bytes: [],
    says: /^its file is empty but must be a WebAssembly module; build or copy it again$/,
  },
  'a file of text': {
    bytes: [...Buffer.from('(module)')],
    says: /^its file begins with the bytes 286d6f64 but a WebAssembly module begins with 0061736d; check that its path leads to the built \.wasm file$/,
  },
  'three bytes': { bytes: preamble.slice(0, 3), says: /begins with the bytes 006173 but/ },
  'seven bytes': { bytes: preamble.slice(0, 7), says: /^its file ends within the first eight bytes/ },
  'version 2': {
    bytes: [...preamble.slice(0, 4), 2, 0, 0, 0],
    says: /^it is of WebAssembly version 2 but must be of version 1; build it again$/,
  },
  'a component': {
    bytes: [...preamble.slice(0, 4), 0x0d, 0, 1, 0],
    says: /^it is a WebAssembly component but must be a core module; build it for wasm32-wasip1 or as a plain module$/,
  },
  'a section of 1 GiB in a few bytes': {
    bytes: [...preamble, 1, 0x80, 0x80, 0x80, 0x80, 0x04],
    says: /^its module ends early: 1073741824 bytes should follow \(at byte 14 of 14\); build or copy the module again$/,
  },
  'a number of six bytes': {
    bytes: [...preamble, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
    says: /holds a number of more than 32 bits/,
  },
  'a number with bits beyond 32': {
    bytes: [...preamble, 1, 0x80, 0x80, 0x80, 0x80, 0x10],
    says: /more than 32 bits/,
  },
  'a section that is shorter than what it holds': {
    bytes: [...preamble, 5, 2, 1, 0, 1],
    says: /its memory section ends early/,
  },
  'a section that is longer than what it holds': {
    bytes: [...preamble, 5, 4, 1, 0, 1, 0],
    says: /its memory section is longer than what it holds/,
  },
  'a section twice': {
    bytes: [...preamble, 1, 1, 0, 1, 1, 0],
    says: /its module has its type section twice or out of order/,
  },
  'sections out of order': {
    bytes: [...preamble, 5, 3, 1, 0, 1, 4, 1, 0],
    says: /its table section twice or out of order/,
  },
  'a section that nobody knows': { bytes: [...preamble, 14, 0], says: /a section of the unknown kind 14/ },
  'a million types': {
    bytes: [...preamble, 1, 3, 0xc0, 0x84, 0x3d],
    says: /type section has 1000000 types but may have 100000/,
  },
  'a million imports': {
    bytes: [...preamble, 2, 3, 0xc0, 0x84, 0x3d],
    says: /has 1000000 imports but may have 1000/,
  },
  'a million exports': { bytes: [...preamble, 7, 3, 0xc0, 0x84, 0x3d], says: /has 1000000 exports but/ },
  'a million globals': {
    bytes: [...preamble, 6, 3, 0xc0, 0x84, 0x3d],
    says: /global section has 1000000 entries but/,
  },
  'a hundred tables': {
    bytes: [...preamble, 4, 1, 100],
    says: /table section has 100 tables but may have 16/,
  },
  'a function type of 1,001 parameters': {
    bytes: [...preamble, 1, 4, 1, 0x60, 0xe9, 0x07],
    says: /1001 parameters but/,
  },
  'a type of WebAssembly GC': {
    bytes: [...preamble, 1, 3, 1, 0x5f, 0],
    says: /its type section holds a type of the form 0x5f \(garbage collection: a structure\), but guards may use function types only/,
  },
  'an exception reference': {
    bytes: [...preamble, 1, 5, 1, 0x60, 1, 0x69, 0],
    says: /the value type 0x69 \(exceptions\), which guards may not use/,
  },
  'a memory with its own page size': {
    bytes: [...preamble, 5, 4, 1, 8, 1, 0],
    says: /its memory section holds a memory of a page size of its own, but pages must have 64 KiB/,
  },
  'a memory whose minimum is above its maximum': {
    bytes: [...preamble, 5, 4, 1, 1, 2, 1],
    says: /has the minimum 2 above its maximum 1/,
  },
  'a name that is not UTF-8': {
    bytes: [...preamble, 7, 5, 1, 1, 0xff, 0, 0],
    says: /holds a name that is not UTF-8/,
  },
  'a name that is longer than its section': {
    bytes: [...preamble, 0, 2, 0x7f, 0x61],
    says: /127 bytes should follow/,
  },
  'two exports of one name': {
    bytes: [...preamble, 7, 9, 2, 1, 0x61, 0, 0, 1, 0x61, 0, 0],
    says: /has two exports of one name/,
  },
  'an unknown kind of export': {
    bytes: [...preamble, 7, 5, 1, 1, 0x61, 9, 0],
    says: /an entry of the unknown kind 9/,
  },
  'a function without a type': { bytes: [...preamble, 3, 2, 1, 0], says: /names type 0, which there is not/ },
  'a type that nobody knows': { bytes: [...preamble, 1, 2, 1, 0x20], says: /of the form 0x20, but/ },
  'a function larger than the engine takes': {
    bytes: [...preamble, 10, 5, 1, 0xb2, 0x97, 0xd3, 0x03],
    says: /its code section has a function of 7654322 bytes, and one may have 7654321; build it with smaller functions/,
  },
  'a body that is longer than its section': {
    bytes: [...preamble, 10, 2, 1, 3],
    says: /its code section ends early: 3 bytes should follow/,
  },
  'bytes after the last body': {
    bytes: [...preamble, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 5, 1, 2, 0, 0x0b, 0],
    says: /its code section is longer than what it holds/,
  },
  'a function without a body': {
    bytes: [...preamble, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0],
    says: /its module declares 1 functions but has the bodies of 0/,
  },
  'a start function that is not there': {
    bytes: [...preamble, 8, 1, 0],
    says: /names function 0, which there is not/,
  },
  'data segments that are not there': {
    bytes: [...preamble, 12, 1, 1],
    says: /declares 1 data segments but has 0/,
  },
  '10,001 custom sections': {
    bytes: [...preamble, ...Array.from({ length: 10_001 }, () => [0, 1, 0]).flat()],
    says: /custom section is one of more than 10000; strip the module/,
  },
};

describe('bytes that are no module are refused', () => {
  for (const [name, { bytes, says }] of Object.entries(refusals)) {
    it(name, () => assert.throws(() => readWasmModule(Uint8Array.from(bytes)), isRefusal(says)));
  }
});

describe('damage', () => {
  it('a module that is cut off anywhere is refused', () => {
    assert.ok(admit(valid, limits));
    for (let length = 0; length < valid.length; length++) {
      assert.throws(() => admit(valid.subarray(0, length), limits), isRefusal(/^it/), `${length} bytes`);
    }
  });

  it('a module with any bit flipped is refused, or is what the engine says that it is', () => {
    const ends = { admitted: 0, refused: 0 };
    for (let bit = 0; bit < valid.length * 8; bit++) ends[judge(flipped(valid, [bit]))]++;
    assert.ok(ends.admitted > 20 && ends.refused > 500, JSON.stringify(ends));
  });

  it('a module with several bits flipped, too (seeded)', () => {
    const random = generator(7);
    for (let round = 0; round < 5000; round++) {
      judge(flipped(valid, [random(valid.length * 8), random(valid.length * 8), random(valid.length * 8)]));
    }
  });
});

/** Admits or refuses; what the engine compiles, too, has the exports, imports and signatures that were admitted. */
function judge(bytes: Uint8Array): 'admitted' | 'refused' {
  let facts: ModuleFacts;
  try {
    facts = admit(bytes, limits);
  } catch (error) {
    assert.ok(
      error instanceof GuardError,
      `a ${error} is no GuardError: ${Buffer.from(bytes).toString('hex')}`,
    );
    return 'refused';
  }
  let module: WebAssembly.Module;
  try {
    module = new WebAssembly.Module(bytes);
  } catch {
    return 'admitted';
  }
  const told = (entries: readonly { name: string; kind: string }[]) =>
    entries.map(({ name, kind }) => [name, kind]);
  assert.deepEqual(told(facts.exports), told(WebAssembly.Module.exports(module)));
  assert.deepEqual(told(facts.imports), told(WebAssembly.Module.imports(module)));
  return 'admitted';
}

function flipped(bytes: Uint8Array, bits: number[]): Uint8Array {
  const copy = bytes.slice();
  for (const bit of bits) copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

function isRefusal(says: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof GuardError, `a ${error} is no GuardError`);
    assert.equal(error.code, 'GUARD_UNAVAILABLE');
    assert.match(error.message, says);
    return true;
  };
}

/** Small whole numbers from a seed (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
