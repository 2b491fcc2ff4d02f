import type { RandomChoice } from './random-choice.ts';

/** JSON before it is written down: names may come twice, and `raw` may be anything, JSON or not. */
export type JsonTree =
  | { readonly kind: 'object'; readonly members: [name: string, value: JsonTree][] }
  | { readonly kind: 'array'; readonly elements: JsonTree[] }
  | { readonly kind: 'raw'; readonly text: string };

export function object(members: Readonly<Record<string, JsonTree | undefined>>): JsonTree {
  const present = Object.entries(members).flatMap(([name, value]): [string, JsonTree][] =>
    value === undefined ? [] : [[name, value]],
  );
  return { kind: 'object', members: present };
}

export function array(elements: JsonTree[]): JsonTree {
  return { kind: 'array', elements };
}

export function raw(text: string): JsonTree {
  return { kind: 'raw', text };
}

export function text(value: string): JsonTree {
  return raw(JSON.stringify(value));
}

/** Every node of a tree, the tree itself first. */
export function nodes(tree: JsonTree): JsonTree[] {
  if (tree.kind === 'raw') return [tree];
  const inner = tree.kind === 'array' ? tree.elements : tree.members.map(([, value]) => value);
  return [tree, ...inner.flatMap(nodes)];
}

/** Writes a tree down, with white space and escapes here and there. */
export function render(tree: JsonTree, choice: RandomChoice): string {
  const space = () => (choice.chance(0.05) ? choice.pick([' ', '\n', '\t', '\r\n  ']) : '');
  const write = (node: JsonTree): string => {
    if (node.kind === 'raw') return space() + node.text + space();
    if (node.kind === 'array') return `${space()}[${node.elements.map(write).join(',')}]${space()}`;
    const members = node.members.map(
      ([name, value]) => `${space()}${nameText(name, choice)}:${write(value)}`,
    );
    return `{${members.join(',')}}${space()}`;
  };
  return write(tree);
}

/** A name may be written with escapes, and is the same name then. */
function nameText(name: string, choice: RandomChoice): string {
  if (!choice.chance(0.02)) return JSON.stringify(name);
  const units = Array.from({ length: name.length }, (_, at) => name.charCodeAt(at));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}
