import { readSync, writevSync } from 'node:fs';
import { frame, frameStartBytes, type LogLine, type Reply, type Request } from './protocol.ts';

/** Bytes read at once: most requests arrive whole, in one system call. */
const readAheadBytes = 64 * 1024;

/**
 * The guard process's end of the socket. It blocks: a guard process has nothing else to do, and without an event loop
 * a small question is there and back in half the time (RATIONALE, "Why does a guard process block on its socket?").
 */
export class Channel {
  readonly #descriptor: number;
  /** What was read and not taken yet lies between `#start` and `#end`. */
  readonly #buffer = Buffer.allocUnsafeSlow(readAheadBytes);
  #start = 0;
  #end = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** The next request, or nothing when the sidecar is gone. The payload is the caller's to keep. */
  receive(): { request: Request; payload: Uint8Array } | undefined {
    const start = this.#take(frameStartBytes);
    if (start === undefined) return undefined;
    const restBytes = start.readUInt32LE(0) - 4;
    const headerBytes = start.readUInt32LE(4);
    const rest = this.#take(restBytes);
    if (rest === undefined) return undefined;
    const request: Request = JSON.parse(rest.toString('utf8', 0, headerBytes));
    const isShared = rest.buffer === this.#buffer.buffer;
    const payload = isShared
      ? Uint8Array.prototype.slice.call(rest, headerBytes)
      : rest.subarray(headerBytes);
    return { request, payload };
  }

  send(message: Reply | LogLine, payload: Uint8Array = new Uint8Array(0)): void {
    this.#write(frame(message, payload));
  }

  /** The next `bytes` bytes, or nothing at the end of the stream. Where they fit, they are good until the next call. */
  #take(bytes: number): Buffer | undefined {
    const isLarge = bytes > readAheadBytes;
    const target = isLarge ? Buffer.allocUnsafeSlow(bytes) : this.#buffer;
    const unread = this.#end - this.#start;
    if (unread < bytes) {
      this.#buffer.copy(target, 0, this.#start, this.#end);
      this.#start = 0;
      this.#end = isLarge ? 0 : unread;
      const filled = this.#fill(target, { filled: unread, wanted: bytes });
      if (filled < bytes) return undefined;
      if (isLarge) return target;
      this.#end = filled;
    }
    this.#start += bytes;
    return this.#buffer.subarray(this.#start - bytes, this.#start);
  }

  /** Reads until there are as many as wanted, and what else arrives with them; fewer only at the end of the stream. */
  #fill(target: Buffer, { filled, wanted }: { filled: number; wanted: number }): number {
    while (filled < wanted) {
      const count = readSync(this.#descriptor, target, filled, target.length - filled, null);
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  #write(parts: readonly Uint8Array[]): void {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const written = writevSync(this.#descriptor, parts);
    if (written < bytes) this.#write([Buffer.concat(parts).subarray(written)]);
  }
}
