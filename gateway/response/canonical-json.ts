// Deep equality, without the loss of `JSON.parse`: two values are equal when their canonical texts are.

import {
  elementsOf,
  type JsonNode,
  type JsonTape,
  kindOf,
  membersOf,
  sourceOf,
  stringOf,
} from './json-tape.ts';

const NUMBER_PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** Exponents with more digits than this are compared as they are spelled: they cannot be added up exactly. */
const EXACT_EXPONENT_DIGITS = 15;

/**
 * The same text for all spellings of a value: names sorted, blanks and escapes normalized, numbers by their exact
 * decimal value. `undefined` when an object in it repeats a name: readers differ in what that means, so it equals
 * nothing. Recursion is bounded by the nesting of the tape.
 */
export function canonicalJson(tape: JsonTape, node: JsonNode): string | undefined {
  switch (kindOf(tape, node)) {
    case 'object':
      return canonicalObject(tape, node);
    case 'array':
      return canonicalArray(tape, node);
    case 'string':
      return JSON.stringify(stringOf(tape, node));
    case 'number':
      return canonicalNumber(sourceOf(tape, node));
    default:
      return sourceOf(tape, node);
  }
}

function canonicalObject(tape: JsonTape, node: JsonNode): string | undefined {
  const members = new Map<string, string>();
  for (const { key, value } of membersOf(tape, node)) {
    const name = JSON.stringify(stringOf(tape, key));
    const text = canonicalJson(tape, value);
    if (text === undefined || members.has(name)) return undefined;
    members.set(name, text);
  }
  const names = [...members.keys()].sort();
  return `{${names.map((name) => `${name}:${members.get(name)}`).join(',')}}`;
}

function canonicalArray(tape: JsonTape, node: JsonNode): string | undefined {
  const elements: string[] = [];
  for (const element of elementsOf(tape, node)) {
    const text = canonicalJson(tape, element);
    if (text === undefined) return undefined;
    elements.push(text);
  }
  return `[${elements.join(',')}]`;
}

/** `12.50` and `1.25e1` are both `125e-1`; digits beyond what a double holds count. */
function canonicalNumber(spelling: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER_PARTS.exec(spelling) ?? [];
  const digits = withoutLeadingZeros(whole + fraction);
  if (digits === '') return '0';
  if (exponent.length > EXACT_EXPONENT_DIGITS) return spelling;
  const significant = withoutTrailingZeros(digits);
  const scale = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign}${significant}e${scale}`;
}

function withoutLeadingZeros(digits: string): string {
  const first = digits.search(/[1-9]/);
  return first === -1 ? '' : digits.slice(first);
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}
