// Changes to a text by offset, so that what is not changed keeps its bytes.

import { elementsOf, endOf, type JsonNode, type JsonTape, kindOf, membersOf, startOf } from './json-tape.ts';

/** Replaces what stands from `start` to `end`, exclusive. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A child of a container as far as cutting goes: an element, or a member from its name on. */
interface Extent {
  readonly node: JsonNode;
  readonly start: number;
  readonly end: number;
}

/**
 * Applies edits in any order.
 * @throws RangeError when two of them overlap: a fault of ours, and what it would deliver was not judged.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const pieces: string[] = [];
  let position = 0;
  for (const edit of sortEdits(edits)) {
    if (edit.start < position) throw new RangeError('edits overlap');
    pieces.push(text.slice(position, edit.start), edit.text);
    position = edit.end;
  }
  pieces.push(text.slice(position));
  return pieces.join('');
}

/** Edits in the order of their places. */
export function sortEdits(edits: readonly Edit[]): Edit[] {
  return [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Drops children of a container, members by their values, together with the commas that are no longer needed. */
export function dropChildren(
  tape: JsonTape,
  container: JsonNode,
  isDropped: (child: JsonNode, index: number) => boolean,
): Edit[] {
  const inside = { start: startOf(tape, container) + 1, end: endOf(tape, container) - 1 };
  const children = extentsOf(tape, container);
  const first = children.findIndex(({ node }, index) => !isDropped(node, index));
  const firstKept = children[first];
  if (firstKept === undefined) return withoutEmpty([cut(inside.start, inside.end)]);
  // Children before the first that stays take the comma after them along, all others the one before them.
  const edits = [cut(children[0]?.start ?? inside.start, firstKept.start)];
  let end = firstKept.end;
  for (const [index, child] of children.entries()) {
    if (index <= first) continue;
    if (isDropped(child.node, index)) edits.push(cut(end, child.end));
    end = child.end;
  }
  return withoutEmpty(edits);
}

/** Adds children at the end of a container, which may be empty once other edits are made. */
export function appendTo(
  tape: JsonTape,
  container: JsonNode,
  { isEmpty, children }: { readonly isEmpty: boolean; readonly children: readonly string[] },
): Edit[] {
  if (children.length === 0) return [];
  const beforeClose = endOf(tape, container) - 1;
  const text = `${isEmpty ? '' : ','}${children.join(',')}`;
  return [{ start: beforeClose, end: beforeClose, text }];
}

function extentsOf(tape: JsonTape, container: JsonNode): Extent[] {
  if (kindOf(tape, container) === 'array') {
    return elementsOf(tape, container).map((node) => ({
      node,
      start: startOf(tape, node),
      end: endOf(tape, node),
    }));
  }
  return membersOf(tape, container).map(({ key, value }) => ({
    node: value,
    start: startOf(tape, key),
    end: endOf(tape, value),
  }));
}

function withoutEmpty(edits: readonly Edit[]): Edit[] {
  return edits.filter((edit) => edit.start < edit.end);
}

function cut(start: number, end: number): Edit {
  return { start, end, text: '' };
}
