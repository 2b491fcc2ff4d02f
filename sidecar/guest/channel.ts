import { readSync, writevSync } from 'node:fs';
import { frameStartBytes, type LogLine, type Reply, type Request } from './protocol.ts';

/** Bytes read at once: most requests arrive whole, in one system call. */
const readAheadBytes = 64 * 1024;

/**
 * The guard process's end of the socket. It blocks: a guard process has nothing else to do, and without an event loop
 * a small question is there and back in half the time (59 µs against 104, `test/bench`).
 */
export class Channel {
  readonly #descriptor: number;
  #unread: Uint8Array = new Uint8Array(0);

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** The next request, or nothing when the sidecar is gone. */
  receive(): { request: Request; payload: Uint8Array } | undefined {
    const start = this.#read(frameStartBytes);
    if (start === undefined) return undefined;
    const lengths = new DataView(start.buffer, start.byteOffset, frameStartBytes);
    const headerBytes = lengths.getUint32(4, true);
    const rest = this.#read(lengths.getUint32(0, true) - 4);
    if (rest === undefined) return undefined;
    const request: Request = JSON.parse(Buffer.from(rest.subarray(0, headerBytes)).toString());
    return { request, payload: rest.subarray(headerBytes) };
  }

  send(message: Reply | LogLine, payload: Uint8Array = new Uint8Array(0)): void {
    const header = Buffer.from(JSON.stringify(message));
    const start = Buffer.allocUnsafe(frameStartBytes);
    start.writeUInt32LE(4 + header.length + payload.length, 0);
    start.writeUInt32LE(header.length, 4);
    this.#write([start, header, payload]);
  }

  /** Exactly `bytes` bytes, or nothing at the end of the stream. */
  #read(bytes: number): Uint8Array | undefined {
    const unread = this.#unread;
    if (unread.length >= bytes) {
      this.#unread = unread.subarray(bytes);
      return unread.subarray(0, bytes);
    }
    const target = new Uint8Array(Math.max(bytes, readAheadBytes));
    target.set(unread);
    let filled = unread.length;
    while (filled < bytes) {
      const count = readSync(this.#descriptor, target, filled, target.length - filled, null);
      if (count === 0) return undefined;
      filled += count;
    }
    this.#unread = target.subarray(bytes, filled);
    return target.subarray(0, bytes);
  }

  #write(parts: Uint8Array[]): void {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const written = writevSync(this.#descriptor, parts);
    if (written < bytes) this.#write([Buffer.concat(parts).subarray(written)]);
  }
}
