// What is cut out of a document: items, and, where the resource may not be read, what lies around them.

import { dropChildren, type Edit } from './edits.ts';
import type { PointerStep } from './json-pointer.ts';
import { elementsOf, endOf, type JsonNode, type JsonTape, kindOf, membersOf, startOf } from './json-tape.ts';
import { holdsCursors, isCursor } from './pagination.ts';

/** What may not be returned. */
export interface Cut {
  readonly isItemCut: (index: number) => boolean;
  /** Whether what lies outside of the items goes, too, all but pagination cursors. */
  readonly areSiblingsCut: boolean;
}

/** An array of items, and the way to it. */
export interface ItemsArray {
  readonly steps: readonly PointerStep[];
  readonly array: JsonNode;
}

/** The edits that make a cut in a document. */
export function pruneDocument(tape: JsonTape, { steps, array }: ItemsArray, cut: Cut): Edit[] {
  const items = dropChildren(tape, array, (_, index) => cut.isItemCut(index));
  if (!cut.areSiblingsCut) return items;
  return [...steps.flatMap(({ container, child }) => pruneSiblings(tape, container, child)), ...items];
}

/** The edits that leave of a container one child, at its place, and cursors. */
export function pruneSiblings(tape: JsonTape, container: JsonNode, child: JsonNode): Edit[] {
  return kindOf(tape, container) === 'array'
    ? pruneElements(tape, container, child)
    : pruneMembers(tape, container, child);
}

/** Elements before the child become `null`, so that pointers to it still lead there. */
function pruneElements(tape: JsonTape, array: JsonNode, child: JsonNode): Edit[] {
  const elements = elementsOf(tape, array);
  const index = elements.indexOf(child);
  const before = elements.slice(0, index).map((node) => ({
    start: startOf(tape, node),
    end: endOf(tape, node),
    text: 'null',
  }));
  return [...before, ...dropChildren(tape, array, (_, other) => other > index)];
}

function pruneMembers(tape: JsonTape, object: JsonNode, child: JsonNode): Edit[] {
  const members = membersOf(tape, object).filter(({ value }) => value !== child);
  const cursors = members.filter((member) => isCursor(tape, member));
  const holders = members.filter((member) => holdsCursors(tape, member));
  const stays = new Set([child, ...[...cursors, ...holders].map(({ value }) => value)]);
  return [
    ...dropChildren(tape, object, (value) => !stays.has(value)),
    ...holders.flatMap(({ value }) => keepCursors(tape, value)),
  ];
}

function keepCursors(tape: JsonTape, holder: JsonNode): Edit[] {
  const cursors = membersOf(tape, holder).filter((member) => isCursor(tape, member));
  const stays = new Set(cursors.map(({ value }) => value));
  return dropChildren(tape, holder, (value) => !stays.has(value));
}
