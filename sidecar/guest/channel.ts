import { readSync, writevSync } from 'node:fs';
import {
  channelDescriptor,
  firstSocketBytes,
  frame,
  frameStartBytes,
  type LogLine,
  type Reply,
  type Request,
  restDescriptor,
} from './protocol.ts';

/** Bytes read at once: most requests arrive whole, in one system call. */
const readAheadBytes = 64 * 1024;
/** Largest payload whose memory is used again for the next one, in bytes. */
const keptBytes = 4 * 1024 * 1024;

/**
 * The guard process's end of the sockets. It blocks: a guard process has nothing else to do, and without an event loop
 * a small question is there and back in half the time (RATIONALE, "Why does a guard process block on its socket?").
 */
export class Channel {
  /** What was read and not taken yet lies between `#start` and `#end`. */
  readonly #buffer = Buffer.allocUnsafeSlow(readAheadBytes);
  #start = 0;
  #end = 0;
  /** Where large messages are read into: fresh memory costs more than what is read into it. */
  #large = Buffer.alloc(0);

  /** The next request, or nothing when the sidecar is gone. Its payload is good until the next one, unless it is kept. */
  receive(): { request: Request; payload: Uint8Array } | undefined {
    const start = this.#take(frameStartBytes);
    if (start === undefined) return undefined;
    const restBytes = start.readUInt32LE(0) - 4;
    const headerBytes = start.readUInt32LE(4);
    const rest = this.#take(restBytes);
    if (rest === undefined) return undefined;
    const request: Request = JSON.parse(rest.toString('utf8', 0, headerBytes));
    const isReadAhead = rest.buffer === this.#buffer.buffer;
    const payload = isReadAhead
      ? Uint8Array.prototype.slice.call(rest, headerBytes)
      : rest.subarray(headerBytes);
    return { request, payload };
  }

  send(message: Reply | LogLine, payload: Uint8Array = new Uint8Array(0)): void {
    this.#write(frame(message, payload));
  }

  /** Somebody needs this payload for longer: its memory is not used again. */
  keep(payload: Uint8Array): void {
    if (payload.buffer === this.#large.buffer) this.#large = Buffer.alloc(0);
  }

  /** The next `bytes` bytes, or nothing at the end of the stream. They are good until the next call. */
  #take(bytes: number): Buffer | undefined {
    if (bytes > readAheadBytes) return this.#takeLarge(bytes);
    const unread = this.#end - this.#start;
    if (unread < bytes) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#start = 0;
      this.#end = this.#fill(this.#buffer, { filled: unread, wanted: bytes });
      if (this.#end < bytes) return undefined;
    }
    this.#start += bytes;
    return this.#buffer.subarray(this.#start - bytes, this.#start);
  }

  #takeLarge(bytes: number): Buffer | undefined {
    const target = this.#largeBuffer(bytes);
    const unread = this.#buffer.copy(target, 0, this.#start, this.#end);
    [this.#start, this.#end] = [0, 0];
    const first = target.subarray(0, firstSocketBytes - frameStartBytes);
    if (this.#fill(first, { filled: unread, wanted: first.length }) < first.length) return undefined;
    const end = { filled: first.length, wanted: bytes, descriptor: restDescriptor };
    return this.#fill(target, end) < bytes ? undefined : target;
  }

  #largeBuffer(bytes: number): Buffer {
    if (bytes > keptBytes) return Buffer.allocUnsafeSlow(bytes);
    // One that is much larger would be kept as a whole by whoever keeps a small payload in it.
    if (this.#large.length < bytes || this.#large.length > 2 * bytes)
      this.#large = Buffer.allocUnsafeSlow(bytes);
    return this.#large.subarray(0, bytes);
  }

  /** Reads until there are as many as wanted, and what else arrives with them; fewer only at the end of the stream. */
  #fill(target: Buffer, { filled, wanted, descriptor = channelDescriptor }: Fill): number {
    while (filled < wanted) {
      const count = readSync(descriptor, target, filled, target.length - filled, null);
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  #write(parts: readonly Uint8Array[]): void {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const written = writevSync(channelDescriptor, parts);
    if (written < bytes) this.#write([Buffer.concat(parts).subarray(written)]);
  }
}

interface Fill {
  /** Bytes that are there already. */
  filled: number;
  readonly wanted: number;
  readonly descriptor?: number;
}
