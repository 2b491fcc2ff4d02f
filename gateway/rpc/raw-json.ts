// Finds where the members of an object, or the elements of an array, begin and end in a JSON text, without reading what
// is in them: of the values themselves only strings and brackets are followed. So a message of a megabyte costs a
// fraction of JSON.parse, and whoever uses a value parses it, strictly, when he does.

import { unitsOf } from './json-units.ts';
import { RpcMessageError } from './rpc-message-error.ts';

const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?=[\s,}\]]|$)/y;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Set in a brace, and the only difference between it and the bracket of the same side. */
const BRACE_BIT = 0x20;

/** So many units of a string are walked before its end is searched: a search costs as much as walking these. */
const WALKED_UNITS = 128;

/**
 * The members of the object that `text` is, by name, each value as it is spelled.
 * @throws RpcMessageError when it is no object, or has two members of the same name.
 */
export function rawMembers(text: string): Map<string, string> {
  const members = new Map<string, string>();
  walkMembers(text, (name, start, end) => {
    if (members.has(name)) throw new RpcMessageError(-32600, 'an object has two members of the same name');
    members.set(name, text.slice(start, end));
  });
  return members;
}

/**
 * The object that `text` is with another value, which is JSON, for one of its members; all else stays as it is spelled.
 * The same text where it has no such member.
 * @throws RpcMessageError when it is no object, or has two members of this name.
 */
export function withMember(text: string, member: string, value: string): string {
  let changed: string | undefined;
  walkMembers(text, (name, start, end) => {
    if (name !== member) return;
    if (changed !== undefined)
      throw new RpcMessageError(-32600, 'an object has two members of the same name');
    changed = text.slice(0, start) + value + text.slice(end);
  });
  return changed ?? text;
}

/** Tells of each member its name, and where its value begins and ends. The visitor must read no other JSON meanwhile. */
function walkMembers(text: string, visit: (name: string, start: number, end: number) => void): void {
  const json = { text, units: unitsOf(text) };
  let isFirst = true;
  let at = skipBlanks(json, expect(json, skipBlanks(json, 0), OPEN_BRACE));
  while (unitAt(json, at) !== CLOSE_BRACE || !isFirst) {
    isFirst = false;
    const nameEnd = skipString(json, expect(json, at, QUOTE));
    const name = nameOf(text.slice(at, nameEnd));
    const start = skipBlanks(json, expect(json, skipBlanks(json, nameEnd), COLON));
    const end = skipValue(json, start);
    visit(name, start, end);
    at = skipBlanks(json, end);
    if (unitAt(json, at) === CLOSE_BRACE) break;
    at = skipBlanks(json, expect(json, at, COMMA));
  }
  expectEnd(json, at + 1);
}

/** The elements of the array that `text` is, each as it is spelled. Throws an RpcMessageError when it is none. */
export function rawElements(text: string): string[] {
  const elements: string[] = [];
  const json = { text, units: unitsOf(text) };
  let at = skipBlanks(json, expect(json, skipBlanks(json, 0), OPEN_BRACKET));
  while (unitAt(json, at) !== CLOSE_BRACKET || elements.length > 0) {
    const end = skipValue(json, at);
    elements.push(text.slice(at, end));
    at = skipBlanks(json, end);
    if (unitAt(json, at) === CLOSE_BRACKET) break;
    at = skipBlanks(json, expect(json, at, COMMA));
  }
  expectEnd(json, at + 1);
  return elements;
}

/** A text and its units; positions hold for both. */
interface Json {
  readonly text: string;
  readonly units: Uint16Array;
}

/** Where the value ends that begins at `start`. */
function skipValue(json: Json, start: number): number {
  const first = unitAt(json, start);
  if (first === QUOTE) return skipString(json, start + 1);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipContainer(json, start);
  SCALAR.lastIndex = start;
  return SCALAR.test(json.text) ? SCALAR.lastIndex : fail(start);
}

/** Where the container ends that begins at `start`. Brackets must match, so nothing can end a message before its end. */
function skipContainer(json: Json, start: number): number {
  const { units } = json;
  const { length } = json.text;
  const closers: number[] = [];
  for (let at = start; at < length; at++) {
    const unit = units[at] ?? 0;
    if (unit === QUOTE) {
      at = skipString(json, at + 1) - 1;
    } else if ((unit | BRACE_BIT) === OPEN_BRACE) {
      // Each closing character comes two after the one that opens.
      closers.push(unit + 2);
    } else if ((unit | BRACE_BIT) === CLOSE_BRACE) {
      if (closers.pop() !== unit) fail(at);
      if (closers.length === 0) return at + 1;
    }
  }
  return fail(length);
}

/** Where the string ends whose content begins at `start`: behind its quote. */
function skipString({ text, units }: Json, start: number): number {
  let at = start;
  for (;;) {
    const walked = Math.min(text.length, at + WALKED_UNITS);
    while (at < walked) {
      const unit = units[at];
      if (unit === QUOTE) return at + 1;
      at += unit === BACKSLASH ? 2 : 1;
    }
    const quote = text.indexOf('"', at);
    if (quote === -1) return fail(text.length);
    if (!isEscaped(units, at, quote)) return quote + 1;
    at = quote + 1;
  }
}

/** Whether the unit at `at` is escaped; the one at `start`, from which on it is looked for backslashes, is not. */
function isEscaped(units: Uint16Array, start: number, at: number): boolean {
  let slashes = at;
  while (slashes > start && units[slashes - 1] === BACKSLASH) slashes--;
  return (at - slashes) % 2 === 1;
}

function skipBlanks(json: Json, start: number): number {
  let at = start;
  while (isBlank(unitAt(json, at))) at++;
  return at;
}

function isBlank(unit: number): boolean {
  return unit === SPACE || unit === LINE_FEED || unit === RETURN || unit === TAB;
}

/** The unit at a position; none of JSON's behind the end. */
function unitAt({ text, units }: Json, at: number): number {
  return at < text.length ? (units[at] ?? 0) : 0;
}

function expect(json: Json, at: number, unit: number): number {
  return unitAt(json, at) === unit ? at + 1 : fail(at);
}

function expectEnd(json: Json, at: number): void {
  const end = skipBlanks(json, at);
  if (end < json.text.length) fail(end);
}

/** A name without its quotes and escapes: an escaped `id` is an `id` for every reader. */
function nameOf(source: string): string {
  if (!source.includes('\\')) return source.slice(1, -1);
  try {
    return String(JSON.parse(source));
  } catch {
    throw new RpcMessageError(-32700, 'no JSON: a name has an escape that there is not');
  }
}

function fail(at: number): never {
  throw new RpcMessageError(-32700, `no JSON: unexpected input at offset ${at}`);
}
