/** A pointer or length of the guest that does not lie within its memory. */
export class OutOfBounds extends Error {}

/**
 * The guest's linear memory, bounds checked. Views are taken afresh each time: the guest may grow its memory whenever
 * it runs, and a view from before is dead.
 */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** The memory itself, as the engine has it. */
  get raw(): WebAssembly.Memory {
    return this.#memory;
  }

  /** Bytes of the whole memory. */
  get size(): number {
    return this.#memory.buffer.byteLength;
  }

  /** The bytes at `pointer` themselves, not a copy. WASM's i32s arrive signed. */
  view(pointer: number, length: number): Uint8Array {
    const start = pointer >>> 0;
    const count = length >>> 0;
    if (start + count > this.size) throw new OutOfBounds(`${count} bytes at ${start} of ${this.size}`);
    return new Uint8Array(this.#memory.buffer, start, count);
  }

  copy(pointer: number, length: number): Uint8Array {
    return this.view(pointer, length).slice();
  }

  readUint32(pointer: number): number {
    const bytes = this.view(pointer, 4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  }

  writeUint32(pointer: number, value: number): void {
    const bytes = this.view(pointer, 4);
    new DataView(bytes.buffer, bytes.byteOffset, 4).setUint32(0, value, true);
  }

  /** The memory has at least `bytes` bytes afterwards. */
  reserve(bytes: number): void {
    const missing = bytes - this.size;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / 65_536));
  }

  /** Text that AssemblyScript keeps: UTF-16, its byte length 4 bytes before it. */
  readUtf16(pointer: number): string {
    if (pointer === 0) return '';
    const bytes = Math.min(this.readUint32(pointer - 4), 16 * 1024);
    return new TextDecoder('utf-16le').decode(this.copy(pointer, bytes & ~1));
  }
}
