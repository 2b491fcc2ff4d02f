import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codeParts } from '../../../sidecar/validator/code-parts.ts';
import { bytes, handMadeGuard, joined, named, repeated, section } from '../../harness/hand-made-guard.ts';
import { guardBytes } from '../../harness/wasm-guard.ts';

/** A body of so many bytes that drops constants. */
const body = (rounds: number) => joined(bytes(0), repeated(rounds, 0x41, 1, 0x1a), bytes(0x0b));

const parts = (module: Uint8Array<ArrayBuffer>, partBytes: number) => [
  ...codeParts(new Uint8Array(module), partBytes),
];

describe('a module in parts', () => {
  it('is one part where its code fits', async () => {
    const module = await guardBytes('logs');
    assert.deepEqual(parts(module, 1_000_000).map(Buffer.from), [Buffer.from(module)]);
  });

  it('is the whole module in each part, with the bodies of others empty', () => {
    const module = handMadeGuard({ functions: [body(100), body(100), body(100), body(10)] });
    const [first, second, third, ...rest] = parts(module, 400);
    assert.deepEqual(rest, []);
    for (const part of [first, second, third]) {
      assert.ok(part !== undefined && isValid(part));
      const exports = WebAssembly.Module.exports(new WebAssembly.Module(part)).map(({ name }) => name);
      assert.deepEqual(exports, ['memory', 'label_agent', 'label_resource', 'label_response']);
      assert.ok(part.length < 600, `${part.length} bytes`);
    }
  });

  it('has each body in exactly one part, after a first one with the labelers', () => {
    const broken = [body(100), body(100), joined(bytes(0), repeated(100, 0x1a), bytes(0x0b)), body(100)];
    const valid = parts(handMadeGuard({ functions: broken }), 300).map((part) => isValid(part));
    assert.deepEqual(valid, [true, true, true, false, true]);
  });

  it('has a body that is larger than a part in a part of its own', () => {
    const module = handMadeGuard({ functions: [body(1), body(1_000), body(1)] });
    assert.deepEqual(
      parts(module, 100).map((part) => part.length > 1_000),
      [false, true, false],
    );
  });

  it('has no custom sections', () => {
    const module = handMadeGuard({ custom: [named('linking', repeated(1000, 0xff))] });
    assert.deepEqual(parts(module, 100).map(Buffer.from), [handMadeGuard()]);
  });

  for (const [name, module] of Object.entries({
    'with two code sections': joined(handMadeGuard(), section(10, [])),
    'whose code section has other bodies than it says': joined(
      handMadeGuard({ entries: { 10: [] } }).subarray(0, -3),
      bytes(10, 4, 2, 2, 0, 0x0b),
    ),
    'that is cut off': handMadeGuard().subarray(0, -1),
    'that is only a preamble and half a section': bytes(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 0x80),
  })) {
    it(`stays whole: one ${name}`, () => {
      assert.deepEqual(parts(module, 1).map(Buffer.from), [Buffer.from(module)]);
    });
  }
});

function isValid(module: Uint8Array<ArrayBuffer>): boolean {
  try {
    return new WebAssembly.Module(module) !== undefined;
  } catch {
    return false;
  }
}
