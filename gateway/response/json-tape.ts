// A scanned JSON text: every value with the place where it stands, so that values can be cut out of the text and what
// stays keeps its own spelling. `JSON.parse` would lose numbers beyond 2^53, repeated names and the order of names.

import { ResponseError } from './response-error.ts';

/** What a value is. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'true' | 'false' | 'null';

/** How kinds are written on a tape. */
export const KIND_CODES: Readonly<Record<JsonKind, number>> = {
  object: 0,
  array: 1,
  string: 2,
  number: 3,
  true: 4,
  false: 5,
  null: 6,
};

const KINDS: readonly JsonKind[] = ['object', 'array', 'string', 'number', 'true', 'false', 'null'];

/** How many cells a value takes: its kind, start, end, and the node that follows it and all that is in it. */
export const CELLS_PER_NODE = 4;

/** A text and its values in the order in which they begin. A name in an object is a string before its value. */
export interface JsonTape {
  readonly text: string;
  readonly cells: Int32Array;
}

/** A value on a tape: its number, from 0, the root. Only valid for the tape that it came from. */
export type JsonNode = number;

/** The root of every tape. */
export const ROOT: JsonNode = 0;

/** A name and its value in an object. */
export interface JsonMember {
  readonly key: JsonNode;
  readonly value: JsonNode;
}

/** What a value is. */
export function kindOf(tape: JsonTape, node: JsonNode): JsonKind {
  const kind = KINDS[cell(tape, node, 0)];
  if (kind === undefined) throw new RangeError('no such kind of value');
  return kind;
}

/** Where a value begins: an offset in UTF-16 units, as all offsets here. */
export function startOf(tape: JsonTape, node: JsonNode): number {
  return cell(tape, node, 1);
}

/** Where a value ends, exclusive. */
export function endOf(tape: JsonTape, node: JsonNode): number {
  return cell(tape, node, 2);
}

/** A value as it is spelled. */
export function sourceOf(tape: JsonTape, node: JsonNode): string {
  return tape.text.slice(startOf(tape, node), endOf(tape, node));
}

/** The elements of an array. */
export function elementsOf(tape: JsonTape, array: JsonNode): JsonNode[] {
  const elements: JsonNode[] = [];
  const end = nextOf(tape, array);
  for (let node = array + 1; node < end; node = nextOf(tape, node)) elements.push(node);
  return elements;
}

/** The members of an object, repeated names included. */
export function membersOf(tape: JsonTape, object: JsonNode): JsonMember[] {
  const members: JsonMember[] = [];
  const end = nextOf(tape, object);
  for (let key = object + 1; key < end; key = nextOf(tape, key + 1)) members.push({ key, value: key + 1 });
  return members;
}

/**
 * The value of the member with this name, if there is one.
 * @throws ResponseError `ambiguous` when there are several: readers differ in which one they take, so labels that were
 * made for one of them would be enforced on another.
 */
export function memberOf(tape: JsonTape, object: JsonNode, name: string): JsonNode | undefined {
  const named = membersOf(tape, object).filter(({ key }) => stringOf(tape, key) === name);
  if (named.length > 1) throw new ResponseError('ambiguous', 'an object has two members of the same name');
  return named[0]?.value;
}

/** A string without its quotes and escapes. */
export function stringOf(tape: JsonTape, string: JsonNode): string {
  const source = sourceOf(tape, string);
  if (!source.includes('\\')) return source.slice(1, -1);
  const value: unknown = JSON.parse(source);
  return String(value);
}

function nextOf(tape: JsonTape, node: JsonNode): JsonNode {
  return cell(tape, node, 3);
}

function cell(tape: JsonTape, node: JsonNode, offset: number): number {
  const value = tape.cells[node * CELLS_PER_NODE + offset];
  if (value === undefined) throw new RangeError('no such node on this tape');
  return value;
}
