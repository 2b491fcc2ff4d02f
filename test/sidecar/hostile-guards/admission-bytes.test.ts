/** Hostile guards A1–A6, A10 and A11: what the bytes of a module can be instead of one. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { admit } from '../../../sidecar/module/admission.ts';
import {
  bytes,
  exported,
  handMadeGuard,
  joined,
  named,
  repeated,
  section,
  sized,
  unsigned,
} from '../../harness/hand-made-guard.ts';
import { admitWhole, defaultAdmission, refusalOf, sentenceOf } from '../../harness/module-refusal.ts';
import { seeded } from '../../harness/seeded.ts';
import { guardBytes } from '../../harness/wasm-guard.ts';

const module = handMadeGuard();
const preamble = module.subarray(0, 8);
const rest = module.subarray(8);
const labelExports = ['agent', 'resource', 'response'].map((name) => exported(`label_${name}`, 0));

/** A function that does nothing, in so many bytes. */
const longFunction = (length: number) => joined(bytes(0), repeated(length - 2, 1), bytes(0x0b));

/** As many entries as the number says, with nothing behind them. */
const claims = (id: number, count: number) => joined(bytes(id), sized(bytes(...unsigned(count))));

const refused: Record<string, { bytes: Uint8Array; says: RegExp }> = {
  'A1 an empty file': { bytes: bytes(), says: /^its file is empty/ },
  'A1 a file with another magic number': {
    bytes: joined(bytes(0x7f, 0x45, 0x4c, 0x46), module.subarray(4)),
    says: /^its file begins with the bytes 7f454c46 but a WebAssembly module begins with 0061736d/,
  },
  'A1 a module of version 2': {
    bytes: joined(bytes(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0), rest),
    says: /version 2/,
  },
  'A1 a component': {
    bytes: joined(bytes(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0), rest),
    says: /^it is a WebAssembly component but must be a core module; build it for wasm32-wasip1/,
  },
  'A4 a module larger than the cap': {
    bytes: handMadeGuard({ custom: [named('big', Buffer.alloc(32 * 1024 * 1024))] }),
    says: /^its file has \d+ bytes but may have 33554432; strip it/,
  },
  'A4 a section of 1 GiB in 20 bytes': {
    bytes: joined(preamble, bytes(1, 0x80, 0x80, 0x80, 0x80, 0x04, 1, 0x60, 0, 0, 0, 0)),
    says: /ends early: 1073741824 bytes should follow/,
  },
  'A4 a function of 4 GiB': {
    bytes: joined(preamble, bytes(10, 7, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0)),
    says: /its code section has a function of 4294967295 bytes, and one may have 7654321/,
  },
  'A5 a length of six bytes': {
    bytes: joined(preamble, bytes(1, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00, 0)),
    says: /more than 32 bits/,
  },
  'A5 a section that reaches into the next one': {
    bytes: joined(preamble, bytes(5, 9, 1, 0, 1), section(7, labelExports)),
    says: /its memory section is longer than what it holds/,
  },
  'A5 a section that ends in the middle of its entries': {
    bytes: joined(preamble, bytes(1, 2, 1, 0x60)),
    says: /its type section ends early/,
  },
  'A5 a section twice': {
    bytes: joined(module.subarray(0, module.length), section(5, [bytes(0, 1)])),
    says: /its memory section twice or out of order/,
  },
  'A5 sections out of order': {
    bytes: joined(preamble, section(7, labelExports), section(5, [bytes(0, 1)])),
    says: /its memory section twice or out of order/,
  },
  'A6 a million types': {
    bytes: joined(preamble, claims(1, 1e6)),
    says: /has 1000000 types but may have 100000/,
  },
  'A6 a million types that are really there': {
    bytes: joined(
      preamble,
      section(
        1,
        Array.from({ length: 1e6 }, () => bytes(0x60, 0, 0)),
      ),
    ),
    says: /has 1000000 types but may have 100000/,
  },
  'A6 a million imports': {
    bytes: joined(preamble, claims(2, 1e6)),
    says: /1000000 imports but may have 1000/,
  },
  'A6 a million exports': {
    bytes: joined(preamble, claims(7, 1e6)),
    says: /1000000 exports but may have 100000/,
  },
  'A6 a million globals': {
    bytes: joined(
      preamble,
      section(
        6,
        Array.from({ length: 1e6 }, () => bytes(0x7f, 0, 0x41, 0, 0x0b)),
      ),
    ),
    says: /its global section has 1000000 entries but may have 100000/,
  },
  'A6 a million functions': { bytes: joined(preamble, claims(3, 1e6)), says: /1000000 functions but/ },
  'A6 a million data segments': {
    bytes: joined(preamble, claims(11, 1e6)),
    says: /1000000 data segments but/,
  },
  'A6 a million element segments': { bytes: joined(preamble, claims(9, 1e6)), says: /1000000 entries but/ },
  'A10 a function larger than the engine takes': {
    bytes: handMadeGuard({ functions: [longFunction(7_654_322)] }),
    says: /a function of 7654322 bytes, and one may have 7654321; build it with smaller functions/,
  },
  'A11 10,001 custom sections': {
    bytes: handMadeGuard({ custom: Array.from({ length: 10_001 }, () => named('x')) }),
    says: /custom section is one of more than 10000; strip the module/,
  },
  'A11 a custom section whose name is longer than it': {
    bytes: handMadeGuard({ custom: [bytes(0x7f, 0x61)] }),
    says: /its custom section ends early/,
  },
};

const accepted: Record<string, Uint8Array> = {
  'A1 the least module': module,
  'A4 a large module': handMadeGuard({ custom: [named('big', Buffer.alloc(31 * 1024 * 1024))] }),
  'A5 a length and a count that a linker padded to five bytes': joined(
    preamble,
    bytes(1, 0x90, 0x80, 0x80, 0x80, 0, 0x82, 0x80, 0x80, 0x80, 0),
    rest.subarray(3),
  ),
  'A6 as many types as a Go module has': handMadeGuard({
    entries: {
      1: [
        bytes(0x60, 0, 0),
        bytes(0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f),
        ...Array.from({ length: 20_000 }, () => bytes(0x60, 0, 0)),
      ],
    },
  }),
  'A10 a function of a megabyte': handMadeGuard({ functions: [longFunction(1_000_000)] }),
  'A11 thousands of custom sections': handMadeGuard({
    custom: Array.from({ length: 9_000 }, (_, index) => named(`section ${index}`, repeated(100, 0xff))),
  }),
  'A11 a custom section of 30 MB': handMadeGuard({ custom: [named('name', Buffer.alloc(30_000_000, 0xff))] }),
  'A11 a linking section that is garbage': handMadeGuard({ custom: [named('linking', repeated(50, 0xee))] }),
};

describe('hostile bytes are refused', () => {
  for (const [name, { bytes: hostile, says }] of Object.entries(refused)) {
    it(name, async () => assert.match((await refusalOf(hostile)) ?? 'it was admitted', says));
  }
});

describe('benign bytes of the same shape are admitted', () => {
  for (const [name, benign] of Object.entries(accepted)) {
    it(name, async () => assert.ok(await admitWhole(benign)));
  }
});

describe('damage to a real module', () => {
  let real: Uint8Array<ArrayBuffer>;
  before(async () => {
    real = await guardBytes('logs');
  });

  it('A2 a module that is cut off at any byte is refused, unless what is left is a whole module', async () => {
    const admitted: Uint8Array<ArrayBuffer>[] = [];
    for (let length = 0; length < real.length; length++) {
      if (isAdmitted(real.subarray(0, length))) admitted.push(real.slice(0, length));
    }
    // Without its last section, the data, it is one.
    assert.equal(admitted.length, 1);
    for (const whole of [...admitted, real]) await admitWhole(whole);
  });

  it('A3 a module with a bit flipped is refused, or has the exports that the ABI asks for (seeded)', async () => {
    const random = seeded(3);
    const admitted: Uint8Array[] = [];
    for (let round = 0; round < 4_000; round++) {
      const flipped = real.slice();
      const at = Math.floor(random() * real.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      if (isAdmitted(flipped)) admitted.push(flipped);
    }
    assert.ok(admitted.length > 500, `${admitted.length} were admitted`);
    // The validator, a process each time, judges a sample of them.
    const sample = admitted.filter((_, index) => index % Math.ceil(admitted.length / 12) === 0);
    const sentences = await Promise.all(sample.map(refusalOf));
    assert.ok(sentences.some((sentence) => sentence?.startsWith('it is no valid WebAssembly module (')));
  });
});

function isAdmitted(hostile: Uint8Array): boolean {
  try {
    const { exports } = admit(hostile, defaultAdmission);
    const names = new Set(exports.map(({ name }) => name));
    return ['memory', 'label_agent', 'label_resource', 'label_response'].every((name) => names.has(name));
  } catch (error) {
    sentenceOf(error);
    return false;
  }
}
