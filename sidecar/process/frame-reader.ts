import { frameStartBytes, type LogLine, type Reply } from '../guest/protocol.ts';
import { parseGuestMessage } from './guest-message.ts';

/** One message of a guard process. */
export interface Frame {
  readonly message: Reply | LogLine;
  readonly payload: Uint8Array;
}

/**
 * Puts the frames of a guard process together from what its socket delivers. Throws on a frame above `maxFrameBytes` or
 * a header that the protocol does not know: then the process is not what we started, and has to go.
 */
export class FrameReader {
  readonly #maxFrameBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes of the next frame as a whole, 0 until its start has arrived. */
  #frameBytes = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  *push(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#hasWholeFrame()) yield this.#takeFrame();
  }

  #hasWholeFrame(): boolean {
    if (this.#frameBytes === 0 && this.#bytes >= frameStartBytes) {
      this.#frameBytes = 4 + this.#joined().readUInt32LE(0);
      if (this.#frameBytes > this.#maxFrameBytes) throw new Error(`a frame of ${this.#frameBytes} bytes`);
    }
    return this.#frameBytes > 0 && this.#bytes >= this.#frameBytes;
  }

  #takeFrame(): Frame {
    const joined = this.#joined();
    const frame = joined.subarray(0, this.#frameBytes);
    const rest = joined.subarray(this.#frameBytes);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
    this.#frameBytes = 0;
    const payloadAt = frameStartBytes + frame.readUInt32LE(4);
    if (payloadAt > frame.length) throw new Error('a header that is longer than its frame');
    return {
      message: parseGuestMessage(frame.toString('utf8', frameStartBytes, payloadAt)),
      payload: frame.subarray(payloadAt),
    };
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    const joined = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
