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
 * decimal value. Members of a repeated name stay in their order: readers differ in which of them they take, so two
 * objects are equal when they are to each of these readers. Recursion is bounded by the nesting of the tape.
 */
export function canonicalJson(tape: JsonTape, node: JsonNode): string {
  switch (kindOf(tape, node)) {
    case 'object':
      return canonicalObject(tape, node);
    case 'array':
      return `[${elementsOf(tape, node)
        .map((element) => canonicalJson(tape, element))
        .join(',')}]`;
    case 'string':
      return JSON.stringify(stringOf(tape, node));
    case 'number':
      return canonicalNumber(sourceOf(tape, node));
    default:
      return sourceOf(tape, node);
  }
}

/** Whether an object in a value, however deep, has two members of one name. */
export function repeatsName(tape: JsonTape, node: JsonNode): boolean {
  switch (kindOf(tape, node)) {
    case 'object': {
      const members = membersOf(tape, node);
      const names = new Set(members.map(({ key }) => stringOf(tape, key)));
      return names.size < members.length || members.some(({ value }) => repeatsName(tape, value));
    }
    case 'array':
      return elementsOf(tape, node).some((element) => repeatsName(tape, element));
    default:
      return false;
  }
}

function canonicalObject(tape: JsonTape, node: JsonNode): string {
  const members = membersOf(tape, node).map(({ key, value }) => ({
    name: JSON.stringify(stringOf(tape, key)),
    text: canonicalJson(tape, value),
  }));
  // The sort is stable.
  members.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  return `{${members.map(({ name, text }) => `${name}:${text}`).join(',')}}`;
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
