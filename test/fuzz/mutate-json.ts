/** What is done to JSON to break whoever reads it. */
import { array, type JsonTree, nodes, raw, render, text } from './json-tree.ts';
import type { RandomChoice } from './random-choice.ts';

/** Scalars and other texts, JSON or not, that readers stumble over. */
const oddTexts: readonly string[] = [
  ...['null', 'true', 'false', '0', '-0', '1e400', '-1e-400', '123456789012345678901234567890', '0.1E+5'],
  ...['{}', '[]', '[[]]', '[null]', '[1]', '{"":{}}', '""', '" "', '"\\u0000"', '"\\u200b"', '"\\ufeff"'],
  ...['"\\ud800"', '"\\udc00\\ud800"', '"\\ud834\\udd1e"', '"a\\ud800b"', '"\\/\\b\\f"', '"\u2028"', '"é"'],
  ...['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}'],
  ...['', '-', '+1', '01', '1.', '.5', '1e', '0x10', 'NaN', 'Infinity', 'undefined', 'tru', 'nul', 'True'],
  ...[
    "'a'",
    '"a',
    '"\\x"',
    '"\\u12"',
    '"\\u12g4"',
    '"\t"',
    '"\n"',
    '[1,]',
    '[,1]',
    '{"a"}',
    '{a:1}',
    '{"a":1,}',
  ],
  ...['/* */1', '1//', '\ufeff1', '\u00a01', '[', ']', '{', '}', ',', ':', '"', '\\', '\u0000'],
];
const oddNames = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'a',
  'secrecy',
  'labels',
  'labeled_paths',
  'error',
];

/** Changes a tree: one node becomes something odd, comes twice, or goes. */
export function mutateTree(tree: JsonTree, choice: RandomChoice): JsonTree {
  if (choice.chance(0.05)) return oddNode(choice);
  const target = choice.pick(nodes(tree));
  if (target.kind === 'object') mutateMembers(target.members, choice);
  if (target.kind === 'array') mutateElements(target.elements, choice);
  return tree;
}

function mutateMembers(members: [string, JsonTree][], choice: RandomChoice): void {
  const at = choice.below(members.length + 1);
  const member = members[at];
  if (member === undefined) {
    members.push([choice.pick(oddNames), oddNode(choice)]);
    return;
  }
  const [name, value] = member;
  const change = choice.weighted({ value: 4, again: 3, name: 1, gone: 1 });
  if (change === 'value') members[at] = [name, oddNode(choice)];
  if (change === 'again') members.push([name, choice.chance(0.5) ? oddNode(choice) : value]);
  if (change === 'name') members[at] = [choice.pick(oddNames), value];
  if (change === 'gone') members.splice(at, 1);
}

function mutateElements(elements: JsonTree[], choice: RandomChoice): void {
  const at = choice.below(elements.length + 1);
  const change = choice.weighted({ odd: 6, tag: 4, gone: 1, many: 0.02 });
  if (change === 'odd') elements.splice(at, choice.below(2), oddNode(choice));
  if (change === 'tag') elements.splice(at, 0, longTag(choice));
  if (change === 'gone') elements.splice(at, 1);
  if (change === 'many') {
    const each = choice.pick(['"a"', '"a","b"', '{}', '{"path":""}', choice.pick(oddTexts)]);
    // One node, so that no later change is made a hundred thousand times.
    elements.push(
      raw(
        Array(choice.pick([4_095, 4_097, 100_001]))
          .fill(each)
          .join(','),
      ),
    );
  }
}

/** Around the longest tag, in bytes. */
function longTag(choice: RandomChoice): JsonTree {
  const ends = choice.pick(['', ' ', 'é', '\u0007']);
  return text(choice.pick(['x', 'é', '𝄞']).repeat(choice.pick([255, 256, 512, 1_023, 1_024])) + ends);
}

function oddNode(choice: RandomChoice): JsonTree {
  const kind = choice.weighted({ text: 20, list: 2, nest: 1 });
  if (kind === 'text') return raw(choice.pick(oddTexts));
  if (kind === 'list') return array(choice.list(choice.below(4), () => raw(choice.pick(oddTexts))));
  const depth = choice.pick([2, 254, 255, 256, 257, 258, 20_000]);
  const [open, close] = choice.pick([
    ['[', ']'],
    ['{"a":', '}'],
    ['[', ''],
  ] as const);
  return raw(open.repeat(depth) + choice.pick(['1', '', '{}']) + close.repeat(depth));
}

/** Writes a tree down and, often, breaks the bytes: cut off, flipped, swapped, no UTF-8. */
export function renderBroken(tree: JsonTree, choice: RandomChoice): Buffer<ArrayBuffer> {
  const bytes = Buffer.from(render(tree, choice));
  if (choice.chance(0.6)) return bytes;
  const at = choice.below(bytes.length + 1);
  const change = choice.weighted({ cut: 2, flip: 3, insert: 3, join: 1, token: 2 });
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (change) {
    case 'cut':
      return Buffer.from(before);
    case 'flip':
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << choice.below(8));
      return bytes;
    case 'insert':
      return Buffer.concat([before, Buffer.from(choice.pick(oddBytes)), after]);
    case 'join':
      return Buffer.concat([bytes, before]);
    case 'token':
      return Buffer.concat([before, Buffer.from(choice.pick(oddTexts)), after]);
  }
}

/** A byte order mark, an overlong form, a surrogate, a lone continuation, beyond Unicode, NUL, DEL. */
const oddBytes: readonly number[][] = [
  [0xef, 0xbb, 0xbf],
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80],
  [0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0],
  [0x7f],
  [0x20],
];
