import type { GuestMemory } from './guest-memory.ts';
import { errno } from './wasi-errno.ts';
import { WasiLines } from './wasi-lines.ts';

/** Most buffers of one read or write: Linux's IOV_MAX. */
const maxBuffers = 1024;
/** Most bytes that one write takes, so that overlapping buffers cannot stretch it; callers write the rest again. */
const maxWriteBytes = 1024 * 1024;

const stdin = 0;
const stdout = 1;
const stderr = 2;

const bufferDescriptorBytes = 8;
const statBytes = 24;
const fileStatBytes = 64;
const characterDevice = 2;
const rightToRead = 1n << 1n;
const rightToWrite = 1n << 6n;
const rightToPoll = 1n << 27n;

/** Takes one line of a stream, without its end. */
export type WriteLine = (stream: 'stdout' | 'stderr', line: string) => void;

/** The only files that a guest has: standard input at its end, standard output and error into the log. */
export class WasiStdio {
  readonly #memory: () => GuestMemory;
  readonly #lines: ReadonlyMap<number, WasiLines>;
  readonly #open = new Set([stdin, stdout, stderr]);

  constructor(memory: () => GuestMemory, writeLine: WriteLine) {
    this.#memory = memory;
    this.#lines = new Map([
      [stdout, new WasiLines((line) => writeLine('stdout', line))],
      [stderr, new WasiLines((line) => writeLine('stderr', line))],
    ]);
  }

  isOpen(fd: number): boolean {
    return this.#open.has(fd);
  }

  canRead(fd: number): boolean {
    return fd === stdin && this.isOpen(fd);
  }

  canWrite(fd: number): boolean {
    return this.#lines.has(fd) && this.isOpen(fd);
  }

  /** Writes what has no line end yet. */
  flush(): void {
    for (const lines of this.#lines.values()) lines.flush();
  }

  close(fd: number): number {
    return this.#open.delete(fd) ? errno.success : errno.badf;
  }

  read(fd: number, buffers: number, bufferCount: number, readAt: number): number {
    if (!this.canRead(fd)) return errno.badf;
    if (bufferCount >>> 0 > maxBuffers) return errno.inval;
    this.#buffers(buffers, bufferCount);
    this.#memory().writeUint32(readAt, 0);
    return errno.success;
  }

  write(fd: number, buffers: number, bufferCount: number, writtenAt: number): number {
    const lines = this.#lines.get(fd);
    if (lines === undefined || !this.isOpen(fd)) return errno.badf;
    if (bufferCount >>> 0 > maxBuffers) return errno.inval;
    const parts = this.#buffers(buffers, bufferCount);
    this.#memory().view(writtenAt, 4);
    let written = 0;
    for (const part of parts) {
      const taken = part.subarray(0, maxWriteBytes - written);
      lines.write(taken);
      written += taken.length;
    }
    this.#memory().writeUint32(writtenAt, written);
    return errno.success;
  }

  /** Says that it is a terminal (a device that cannot seek), so that C libraries write line by line. */
  stat(fd: number, statAt: number): number {
    if (!this.isOpen(fd)) return errno.badf;
    const stat = dataView(this.#memory().view(statAt, statBytes).fill(0));
    const rights = rightToPoll | (fd === stdin ? rightToRead : rightToWrite);
    stat.setUint8(0, characterDevice);
    stat.setBigUint64(8, rights, true);
    return errno.success;
  }

  fileStat(fd: number, statAt: number): number {
    if (!this.isOpen(fd)) return errno.badf;
    const stat = dataView(this.#memory().view(statAt, fileStatBytes).fill(0));
    stat.setUint8(16, characterDevice);
    stat.setBigUint64(24, 1n, true);
    return errno.success;
  }

  /** The buffers of a vector of (pointer, length): views, all within memory. */
  #buffers(at: number, count: number): Uint8Array[] {
    const memory = this.#memory();
    const descriptors = dataView(memory.view(at, (count >>> 0) * bufferDescriptorBytes));
    const buffers: Uint8Array[] = [];
    for (let offset = 0; offset < descriptors.byteLength; offset += bufferDescriptorBytes) {
      buffers.push(memory.view(descriptors.getUint32(offset, true), descriptors.getUint32(offset + 4, true)));
    }
    return buffers;
  }
}

/** Numbers within a view of memory. */
export function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
