// Writes JSON into a buffer of the caller, and goes on counting when it is full, so that the caller learns the size it
// needs without a copy being made anywhere.

import { quoted } from './json-quote';

/** What an export returns when its answer does not fit into the caller's buffer. */
const BUFFER_TOO_SMALL: i32 = -2;

export class JsonWriter {
  private length: i32 = 0;

  constructor(
    private readonly out: usize,
    private readonly capacity: i32,
  ) {}

  /** What the export returns: the length of the answer, or -2 with the size it needs (u32, little endian) at `out`. */
  finish(): i32 {
    if (this.length <= this.capacity) return this.length;
    if (this.capacity >= 4) store<u32>(this.out, this.length);
    return BUFFER_TOO_SMALL;
  }

  /** Text as it is. */
  text(text: string): JsonWriter {
    const size = String.UTF8.byteLength(text);
    if (this.hasRoomFor(size))
      String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, this.out + this.length);
    this.length += size;
    return this;
  }

  /** A string value. */
  string(text: string): JsonWriter {
    return this.text(quoted(text));
  }

  /** An array of strings. */
  strings(texts: string[]): JsonWriter {
    this.text('[');
    for (let i = 0; i < texts.length; i++) {
      if (i > 0) this.text(',');
      this.string(texts[i]);
    }
    return this.text(']');
  }

  /** Once something did not fit nothing more is written: the answer is useless, and only its size counts. */
  private hasRoomFor(size: i32): bool {
    return this.length + size <= this.capacity;
  }
}
