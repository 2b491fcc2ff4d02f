import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GuestMemory, OutOfBounds } from '../../../sidecar/guest/guest-memory.ts';

const page = 65_536;

function memory(pages = 1): GuestMemory {
  return new GuestMemory(new WebAssembly.Memory({ initial: pages, maximum: 4 }));
}

describe("a guest's memory", () => {
  const within: [pointer: number, length: number][] = [
    [0, 0],
    [0, page],
    [page, 0],
    [page - 1, 1],
    [3, 5],
  ];
  for (const [pointer, length] of within) {
    it(`has ${length} bytes at ${pointer}`, () =>
      assert.equal(memory().view(pointer, length).length, length));
  }

  const beyond: [pointer: number, length: number][] = [
    [0, page + 1],
    [page, 1],
    [page + 1, 0],
    [1, page],
    [-1, 1],
    [-1, 0],
    [0, -1],
    [-1, -1],
    [2 ** 31, 1],
    [-(2 ** 31), 1],
    [1, -1],
    [2 ** 32 - 1, 2],
  ];
  for (const [pointer, length] of beyond) {
    it(`has no ${length} bytes at ${pointer}`, () => {
      assert.throws(() => memory().view(pointer, length), OutOfBounds);
      assert.throws(() => memory().copy(pointer, length), OutOfBounds);
    });
  }

  it('takes its views afresh when it has grown', () => {
    const growing = memory();
    const old = growing.view(0, 4);
    growing.raw.grow(1);
    growing.writeUint32(0, 7);
    assert.equal(old.length, 0);
    assert.equal(growing.view(0, 1)[0], 7);
    assert.equal(growing.size, 2 * page);
  });

  it('copies what the guest may overwrite', () => {
    const changing = memory();
    changing.view(0, 1)[0] = 1;
    const copy = changing.copy(0, 1);
    changing.view(0, 1)[0] = 2;
    assert.deepEqual([...copy], [1]);
  });

  it('has its numbers little endian, aligned or not', () => {
    const bytes = memory();
    bytes.writeUint32(1, 0xfedcba98);
    assert.deepEqual([...bytes.view(1, 4)], [0x98, 0xba, 0xdc, 0xfe]);
    assert.equal(bytes.readUint32(1), 0xfedcba98);
    assert.throws(() => bytes.readUint32(page - 3), OutOfBounds);
    assert.throws(() => bytes.writeUint32(page - 3, 0), OutOfBounds);
  });

  it('grows to what is reserved, by whole pages, and not when it is there', () => {
    const growing = memory();
    growing.reserve(page);
    assert.equal(growing.size, page);
    growing.reserve(page + 1);
    assert.equal(growing.size, 2 * page);
    assert.throws(() => growing.reserve(5 * page), RangeError);
  });

  describe('reads a text of AssemblyScript', () => {
    const write = (at: number, text: string, bytes = text.length * 2): GuestMemory => {
      const guest = memory();
      guest.writeUint32(at - 4, bytes);
      guest.view(at, text.length * 2).set(Buffer.from(text, 'utf16le'));
      return guest;
    };

    it('by the length in front of it', () => assert.equal(write(100, 'wrong ☂').readUtf16(100), 'wrong ☂'));
    it('with an odd length, cut', () => assert.equal(write(100, 'ab', 3).readUtf16(100), 'a'));
    it('at null, which is none', () => assert.equal(memory().readUtf16(0), ''));
    it('of endless length, cut', () =>
      assert.equal(write(100, 'a', 2 ** 32 - 1).readUtf16(100).length, 8 * 1024));
    it('not out of bounds', () => {
      assert.throws(() => memory().readUtf16(2), OutOfBounds);
      assert.throws(() => write(page - 2, 'a', 4).readUtf16(page - 2), OutOfBounds);
    });
  });
});
