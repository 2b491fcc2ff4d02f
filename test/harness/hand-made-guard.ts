/** Modules made byte by byte: what no assembler writes, or only slowly. */

/** Sections that are not as in the least guard. */
export interface GuardParts {
  /** Bodies of functions `() -> ()`, from function 1 on: locals, instructions, end. */
  readonly functions?: readonly Uint8Array[];
  /** Entries of a section by its number, instead of the least guard's. */
  readonly entries?: Readonly<Record<number, readonly Uint8Array[]>>;
  /** Contents of custom sections, which come first: the name's length, the name, anything. */
  readonly custom?: readonly Uint8Array[];
}

const preamble = bytes(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** The order of the sections in a module. */
const order = [1, 2, 3, 4, 5, 13, 6, 7, 9, 10, 11];
const i32 = 0x7f;

/** A guard with one function, which does nothing, as its three labelers, and one page of memory. */
export function handMadeGuard({
  functions = [],
  entries = {},
  custom = [],
}: GuardParts = {}): Buffer<ArrayBuffer> {
  const all: Record<number, readonly Uint8Array[]> = {
    1: [bytes(0x60, 0, 0), bytes(0x60, 4, i32, i32, i32, i32, 1, i32)],
    3: [bytes(1), ...functions.map(() => bytes(0))],
    5: [bytes(0, 1)],
    7: [
      exported('memory', 2),
      ...['agent', 'resource', 'response'].map((name) => exported(`label_${name}`, 0)),
    ],
    10: [bytes(0, 0x41, 0, 0x0b), ...functions].map(sized),
    ...entries,
  };
  const sections = order.flatMap((id) => (all[id] === undefined ? [] : [section(id, all[id])]));
  return Buffer.concat([preamble, ...custom.map((content) => joined(bytes(0), sized(content))), ...sections]);
}

/** An entry of the export section: the first thing of its kind. */
export function exported(name: string, kind: number): Buffer<ArrayBuffer> {
  return joined(nameBytes(name), bytes(kind, 0));
}

/** A section of entries that are counted. */
export function section(id: number, entries: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  return joined(bytes(id), sized(Buffer.concat([bytes(...unsigned(entries.length)), ...entries])));
}

/** A custom section's content. */
export function named(name: string, content: Uint8Array = bytes()): Buffer<ArrayBuffer> {
  return joined(nameBytes(name), content);
}

export function sized(content: Uint8Array): Buffer<ArrayBuffer> {
  return joined(bytes(...unsigned(content.length)), content);
}

export function joined(...parts: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  return Buffer.concat(parts);
}

export function repeated(count: number, ...values: readonly number[]): Buffer<ArrayBuffer> {
  return Buffer.alloc(count * values.length, bytes(...values));
}

export function bytes(...values: readonly number[]): Buffer<ArrayBuffer> {
  return Buffer.from(values);
}

/** LEB128. */
export function unsigned(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low | 0x80, ...unsigned(Math.floor(value / 128))];
}

function nameBytes(name: string): Buffer<ArrayBuffer> {
  return sized(Buffer.from(name));
}
