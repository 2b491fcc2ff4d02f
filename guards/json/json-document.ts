// A JSON text as a flat list of where its values stand. Nothing is copied: a value costs twelve bytes, and only the few
// strings that somebody asks for are ever decoded. A value is named by its index in the list.

import { unescapeInto } from './json-string';

/** What a value is. */
export enum JsonKind {
  Null,
  False,
  True,
  Number,
  String,
  /** The name of a member, which stands before its value. */
  Key,
  Array,
  Object,
}

/** The index that stands for "no such value". */
export const NOWHERE: i32 = -1;

/** One chunk of the list has room for this many values: the list grows without ever being copied. */
const CHUNK_VALUES: i32 = 4096;
const CHUNK_BITS: i32 = 12;

/** Three numbers a value: where it starts, where it ends, and the index after it together with its kind. */
const FIELDS: i32 = 3;
const START: i32 = 0;
const END: i32 = 1;
const AFTER_AND_KIND: i32 = 2;
const KIND_BITS: i32 = 4;
const KIND_MASK: u32 = 15;

/** One JSON text. The bytes at `base` must stay where they are for as long as the document is used. */
export class JsonDocument {
  private chunks: StaticArray<u32>[] = [];
  private length: i32 = 0;

  constructor(
    /** Where the text begins. */
    readonly base: usize,
    /** The object that holds the bytes, when the garbage collector could take them otherwise. */
    readonly owner: StaticArray<u8> | null = null,
  ) {}

  /** Adds a value that begins at `start`, and returns its index; `close` completes it. */
  open(kind: JsonKind, start: usize): i32 {
    const index = this.length++;
    if ((index & (CHUNK_VALUES - 1)) == 0) this.chunks.push(new StaticArray<u32>(CHUNK_VALUES * FIELDS));
    this.set(index, START, <u32>(start - this.base));
    this.set(index, AFTER_AND_KIND, kind);
    return index;
  }

  /** Says where value `index` ends; all values added since it was opened are inside it. */
  close(index: i32, end: usize): void {
    this.set(index, END, <u32>(end - this.base));
    this.set(index, AFTER_AND_KIND, ((<u32>this.length) << KIND_BITS) | this.kind(index));
  }

  kind(index: i32): JsonKind {
    return <JsonKind>(this.get(index, AFTER_AND_KIND) & KIND_MASK);
  }

  /** Whether there is a value at `index`, and it is of this kind. */
  is(index: i32, kind: JsonKind): bool {
    return index != NOWHERE && this.kind(index) == kind;
  }

  isContainer(index: i32): bool {
    return this.kind(index) >= JsonKind.Array;
  }

  /** Where the source of a value begins; of a string, after its quote. */
  start(index: i32): usize {
    return this.base + this.get(index, START);
  }

  /** The length of a value's source in bytes; of a string, without its quotes. */
  size(index: i32): i32 {
    return this.get(index, END) - this.get(index, START);
  }

  /** The index after a value and all that is inside it: its next sibling, or the end of its parent. */
  after(index: i32): i32 {
    return this.get(index, AFTER_AND_KIND) >> KIND_BITS;
  }

  /** The text of a string, or the source of any other value. Lone surrogates stay what they are. */
  text(index: i32): string {
    const start = this.start(index);
    const size = this.size(index);
    if (!containsBackslash(start, size)) return String.UTF8.decodeUnsafe(start, size);
    const bytes = new StaticArray<u8>(size);
    const length = unescapeInto(start, size, changetype<usize>(bytes));
    return String.UTF8.decodeUnsafe(changetype<usize>(bytes), length);
  }

  /** A value as it is written, quotes included. */
  source(index: i32): string {
    const quotes: i32 = this.kind(index) == JsonKind.String ? 1 : 0;
    return String.UTF8.decodeUnsafe(this.start(index) - quotes, this.size(index) + 2 * quotes);
  }

  /** Whether the string at `index` is exactly this text. */
  textIs(index: i32, text: string): bool {
    if (containsBackslash(this.start(index), this.size(index))) return this.text(index) == text;
    const bytes = String.UTF8.encode(text);
    if (bytes.byteLength != this.size(index)) return false;
    return memory.compare(changetype<usize>(bytes), this.start(index), bytes.byteLength) == 0;
  }

  /** The value under a key of an object; the last one, where a key is repeated, as JavaScript reads it. */
  member(object: i32, key: string): i32 {
    if (!this.is(object, JsonKind.Object)) return NOWHERE;
    const end = this.after(object);
    let found = NOWHERE;
    for (let at = object + 1; at < end; at = this.after(at + 1)) {
      if (this.textIs(at, key)) found = at + 1;
    }
    return found;
  }

  /** The keys of an object in the order of the text, repeated ones included. */
  keys(object: i32): string[] {
    const names: string[] = [];
    const end = this.after(object);
    for (let at = object + 1; at < end; at = this.after(at + 1)) names.push(this.text(at));
    return names;
  }

  /** The element of an array at a position, if there is one. */
  element(array: i32, position: i32): i32 {
    const end = this.after(array);
    let at = array + 1;
    for (let passed = 0; passed < position && at < end; passed++) at = this.after(at);
    return at < end ? at : NOWHERE;
  }

  /** A key that some object inside `index` has twice; empty when none has. Two readers may take it differently. */
  repeatedKey(index: i32): string {
    const end = this.after(index);
    for (let at = index; at < end; at++) {
      if (this.kind(at) != JsonKind.Object) continue;
      const seen = new Set<string>();
      const keys = this.keys(at);
      for (let i = 0; i < keys.length; i++) {
        if (seen.has(keys[i])) return keys[i].length == 0 ? '(the empty key)' : keys[i];
        seen.add(keys[i]);
      }
    }
    return '';
  }

  private get(index: i32, field: i32): u32 {
    return this.chunks[index >> CHUNK_BITS][(index & (CHUNK_VALUES - 1)) * FIELDS + field];
  }

  private set(index: i32, field: i32, value: u32): void {
    this.chunks[index >> CHUNK_BITS][(index & (CHUNK_VALUES - 1)) * FIELDS + field] = value;
  }
}

function containsBackslash(start: usize, size: i32): bool {
  for (let at = start, end = start + size; at < end; at++) if (load<u8>(at) == 0x5c) return true;
  return false;
}
