/** A body that is valid in a function of any type: no locals, `unreachable`, `end`; before it, its length. */
const emptyBody = Uint8Array.of(3, 0, 0, 0x0b);
const preambleBytes = 8;
const customSection = 0;
const codeSection = 10;

interface Section {
  readonly id: number;
  /** With its number and its length. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly content: Uint8Array<ArrayBuffer>;
}

/**
 * The module in parts of at most about `partBytes` of code: each is the whole module with other functions' bodies replaced by empty
 * ones. A body is valid or not by itself, so the module is valid when all parts are, and validating takes the memory
 * of one part. Custom sections, which mean nothing, are left out. A module that cannot be taken apart stays whole.
 */
export function* codeParts(
  module: Uint8Array<ArrayBuffer>,
  partBytes: number,
): Generator<Uint8Array<ArrayBuffer>> {
  const sections = sectionsOf(module)?.filter(({ id }) => id !== customSection);
  const bodies = sections === undefined ? undefined : bodiesOf(sections);
  if (sections === undefined || bodies === undefined) {
    yield module;
    return;
  }
  const preamble = module.subarray(0, preambleBytes);
  for (const { from, to } of spans(bodies, partBytes)) {
    const code = bodies.map((body, index) => (index >= from && index < to ? body : emptyBody));
    const parts = sections.map(({ id, bytes }) => (id === codeSection ? section(id, code) : bytes));
    yield joined([preamble, ...parts]);
  }
}

/** Consecutive bodies, as many as make a part; one span without any where there are no bodies. */
function* spans(bodies: readonly Uint8Array[], partBytes: number): Generator<{ from: number; to: number }> {
  let from = 0;
  let bytes = 0;
  for (const [index, body] of bodies.entries()) {
    if (bytes > 0 && bytes + body.length > partBytes) {
      yield { from, to: index };
      [from, bytes] = [index, 0];
    }
    bytes += body.length;
  }
  yield { from, to: bodies.length };
}

/** Nothing where the bytes are no sequence of sections. */
function sectionsOf(module: Uint8Array<ArrayBuffer>): Section[] | undefined {
  const sections: Section[] = [];
  for (let at = preambleBytes; at < module.length; ) {
    const length = unsignedAt(module, at + 1);
    if (length === undefined || length.next + length.value > module.length) return undefined;
    const end = length.next + length.value;
    const content = module.subarray(length.next, end);
    sections.push({ id: module[at] ?? 0, bytes: module.subarray(at, end), content });
    at = end;
  }
  return sections;
}

/** The bodies of the code section, each with its length before it. Nothing where that is not what it holds. */
function bodiesOf(sections: readonly Section[]): Uint8Array<ArrayBuffer>[] | undefined {
  const [code, ...others] = sections.filter(({ id }) => id === codeSection);
  if (code === undefined) return [];
  const { content } = code;
  const count = unsignedAt(content, 0);
  if (others.length > 0 || count === undefined) return undefined;
  const bodies: Uint8Array<ArrayBuffer>[] = [];
  let at = count.next;
  while (at < content.length) {
    const length = unsignedAt(content, at);
    if (length === undefined || length.next + length.value > content.length) return undefined;
    bodies.push(content.subarray(at, length.next + length.value));
    at = length.next + length.value;
  }
  return bodies.length === count.value ? bodies : undefined;
}

function section(id: number, entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const count = unsigned(entries.length);
  const length = entries.reduce((sum, entry) => sum + entry.length, count.length);
  return joined([Uint8Array.of(id), unsigned(length), count, ...entries]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Unsigned LEB128 of at most 32 bits, and where the next thing begins. */
function unsignedAt(bytes: Uint8Array, at: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return value < 2 ** 32 ? { value, next: at + index + 1 } : undefined;
  }
  return undefined;
}

function unsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; bytes.length === 0 || left > 0; left = Math.floor(left / 128)) {
    bytes.push((left % 128) | (left >= 128 ? 0x80 : 0));
  }
  return Uint8Array.from(bytes);
}
