// From bytes to a document, strictly as RFC 8259 says: no comments, no trailing commas, no bytes after the value.

import { JsonDocument, JsonKind } from './json-document';
import { INVALID, stringEnd } from './json-string';

/** How deep arrays and objects may be nested. Reading is recursive, and a guard's stack is small. */
export const MAX_DEPTH: i32 = 512;

/** The document that the bytes hold, whose root has index 0; null when they are no JSON, or nested too deep. */
export function parseJson(base: usize, size: i32, owner: StaticArray<u8> | null = null): JsonDocument | null {
  const parser = new JsonParser(new JsonDocument(base, owner), base + size);
  return parser.readAll() ? parser.document : null;
}

class JsonParser {
  private at: usize;

  constructor(
    readonly document: JsonDocument,
    private readonly end: usize,
  ) {
    this.at = document.base;
  }

  readAll(): bool {
    if (!this.readValue(0)) return false;
    this.skipSpace();
    return this.at == this.end;
  }

  private readValue(depth: i32): bool {
    this.skipSpace();
    switch (this.peek()) {
      case 0x7b:
        return this.readContainer(JsonKind.Object, depth + 1);
      case 0x5b:
        return this.readContainer(JsonKind.Array, depth + 1);
      case 0x22:
        return this.readString(JsonKind.String);
      case 0x74:
        return this.readWord(JsonKind.True, 'true');
      case 0x66:
        return this.readWord(JsonKind.False, 'false');
      case 0x6e:
        return this.readWord(JsonKind.Null, 'null');
      default:
        return this.readNumber();
    }
  }

  private readContainer(kind: JsonKind, depth: i32): bool {
    if (depth > MAX_DEPTH) return false;
    const index = this.document.open(kind, this.at++);
    const closing: u8 = kind == JsonKind.Object ? 0x7d : 0x5d;
    this.skipSpace();
    let more = this.peek() != closing;
    while (more) {
      if (kind == JsonKind.Object && !this.readKey()) return false;
      if (!this.readValue(depth)) return false;
      this.skipSpace();
      more = this.skip(0x2c);
    }
    if (!this.skip(closing)) return false;
    this.document.close(index, this.at);
    return true;
  }

  private readKey(): bool {
    this.skipSpace();
    if (this.peek() != 0x22 || !this.readString(JsonKind.Key)) return false;
    this.skipSpace();
    return this.skip(0x3a);
  }

  private readString(kind: JsonKind): bool {
    const start = this.at + 1;
    const end = stringEnd(start, this.end);
    if (end == INVALID) return false;
    this.document.close(this.document.open(kind, start), end);
    this.at = end + 1;
    return true;
  }

  private readWord(kind: JsonKind, word: string): bool {
    const start = this.at;
    for (let i = 0; i < word.length; i++) if (!this.skip(<u8>word.charCodeAt(i))) return false;
    this.document.close(this.document.open(kind, start), this.at);
    return true;
  }

  private readNumber(): bool {
    const start = this.at;
    this.skip(0x2d);
    if (!this.skip(0x30) && this.skipDigits() == 0) return false;
    if (this.skip(0x2e) && this.skipDigits() == 0) return false;
    if (this.skip(0x65) || this.skip(0x45)) {
      if (!this.skip(0x2b)) this.skip(0x2d);
      if (this.skipDigits() == 0) return false;
    }
    this.document.close(this.document.open(JsonKind.Number, start), this.at);
    return true;
  }

  private skipDigits(): i32 {
    const start = this.at;
    while (this.peek() >= 0x30 && this.peek() <= 0x39) this.at++;
    return <i32>(this.at - start);
  }

  private skipSpace(): void {
    for (;;) {
      const byte = this.peek();
      if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) return;
      this.at++;
    }
  }

  private skip(byte: u8): bool {
    if (this.peek() != byte) return false;
    this.at++;
    return true;
  }

  /** The byte here; 0, which no JSON holds outside of strings, at the end. */
  private peek(): u8 {
    return this.at < this.end ? load<u8>(this.at) : 0;
  }
}
