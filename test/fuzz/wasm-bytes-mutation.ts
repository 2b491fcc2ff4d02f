/** Ways to spoil a module: in its bytes, its numbers, its sections. */
import type { RandomChoice } from './random-choice.ts';

const preambleBytes = 8;

/** How likely each kind of damage is. */
const kinds = {
  flipBits: 12,
  setBytes: 6,
  breakNumber: 4,
  insert: 2,
  remove: 2,
  truncate: 1,
  splice: 2,
  duplicateSection: 2,
  dropSection: 2,
  swapSections: 1,
  resizeSection: 3,
} as const;

type Damage = (module: Buffer, choice: RandomChoice, other: Buffer) => Buffer;

/** `module` with some damage; `other` is one to take parts from. */
export function damaged(module: Uint8Array, choice: RandomChoice, other: Uint8Array): Buffer {
  let result: Buffer = Buffer.from(module);
  for (let left = choice.pick([1, 1, 1, 2, 3]); left > 0; left--) {
    result = damages[choice.weighted(kinds)](result, choice, Buffer.from(other));
  }
  return result;
}

/** Numbers that are read wrongly where they can be: the ends of the ranges, unfinished and overlong ones. */
const numbers = [
  [0],
  [1],
  [0x7f],
  [0x80, 0],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x10],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff],
];

const damages: Record<keyof typeof kinds, Damage> = {
  flipBits: (module, choice) => {
    for (let left = 1 + choice.below(4); left > 0; left--) {
      const at = choice.below(module.length);
      module[at] = (module[at] ?? 0) ^ (1 << choice.below(8));
    }
    return module;
  },
  setBytes: (module, choice) => {
    const at = choice.below(module.length);
    module
      .subarray(at, at + 1 + choice.below(16))
      .fill(choice.pick([0x00, 0x01, 0x0b, 0x40, 0x7f, 0x80, 0xff]));
    return module;
  },
  breakNumber: (module, choice) => {
    const at = choice.below(module.length);
    return spliced(module, { from: at, to: at + choice.below(3) }, Buffer.from(choice.pick(numbers)));
  },
  insert: (module, choice) => {
    const at = choice.below(module.length);
    const added = choice.list(1 + choice.below(64), () => choice.below(256));
    return spliced(module, { from: at, to: at }, Buffer.from(added));
  },
  remove: (module, choice) => {
    const at = choice.below(module.length);
    return spliced(module, { from: at, to: at + 1 + choice.below(64) }, Buffer.alloc(0));
  },
  truncate: (module, choice) => module.subarray(0, choice.below(module.length)),
  splice: (module, choice, other) => {
    const from = choice.below(other.length);
    const at = choice.below(module.length);
    return spliced(module, { from: at, to: at }, other.subarray(from, from + choice.below(2_000)));
  },
  duplicateSection: (module, choice) => {
    const section = choice.pick(sectionsOf(module));
    const at = choice.pick(sectionsOf(module)).from;
    return spliced(module, { from: at, to: at }, module.subarray(section.from, section.to));
  },
  dropSection: (module, choice) => spliced(module, choice.pick(sectionsOf(module)), Buffer.alloc(0)),
  swapSections: (module, choice) => {
    const sections = sectionsOf(module).map(({ from, to }) => module.subarray(from, to));
    const [a, b] = [choice.below(sections.length), choice.below(sections.length)];
    const swapped = sections.map(
      (section, index) => sections[index === a ? b : index === b ? a : index] ?? section,
    );
    return Buffer.concat([module.subarray(0, preambleBytes), ...swapped]);
  },
  resizeSection: (module, choice) => {
    const { from } = choice.pick(sectionsOf(module));
    const at = from + 1;
    module[at] = ((module[at] ?? 0) + choice.pick([-2, -1, 1, 2, 128])) & 0xff;
    return module;
  },
};

interface Span {
  readonly from: number;
  readonly to: number;
}

function spliced(module: Buffer, { from, to }: Span, added: Buffer): Buffer {
  return Buffer.concat([module.subarray(0, from), added, module.subarray(to)]);
}

/** As far as there are any; all of the bytes as one where there is none. */
function sectionsOf(module: Buffer): Span[] {
  const spans: Span[] = [];
  for (let at = preambleBytes; at < module.length; ) {
    const { value, next } = unsignedAt(module, at + 1);
    const to = next + value;
    if (to > module.length) break;
    spans.push({ from: at, to });
    at = to;
  }
  return spans.length > 0 ? spans : [{ from: 0, to: module.length }];
}

function unsignedAt(module: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = module[at + index] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: at + index + 1 };
  }
  return { value, next: at + 5 };
}
