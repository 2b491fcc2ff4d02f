import { isDeepStrictEqual } from 'node:util';
import { cleanLine } from '../clean-line.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../config/json-value.ts';

/** Differences of one case that a person is shown. */
const maxShown = 20;

/** Lists whose order means nothing. */
const sets: ReadonlySet<string> = new Set(['secrecy', 'integrity']);

/**
 * Where what came is not what was expected, a line each. Of the parts (`agent`, `resource`, `response`) those that are
 * expected are compared, whole; a failure that nobody expects is a difference always. Tags are sets, and a description is
 * compared where one is expected.
 */
export function differences(expected: JsonObject, came: JsonObject): readonly string[] {
  const found: string[] = [];
  for (const [name, value] of Object.entries(expected)) compare(name, value, came[name], found);
  if (expected.failure === undefined && came.failure !== undefined)
    found.push(`failure: none expected, came ${shown(came.failure)}`);
  const rest = found.length - maxShown;
  return rest > 0 ? [...found.slice(0, maxShown), `… and ${rest} more`] : found;
}

function compare(place: string, expected: JsonValue, came: JsonValue | undefined, found: string[]): void {
  const isSet = sets.has(place.slice(place.lastIndexOf('.') + 1));
  if (isJsonObject(expected) && isJsonObject(came)) compareMembers(place, expected, came, found);
  else if (Array.isArray(expected) && Array.isArray(came)) {
    if (isSet) compareTags(place, expected, came, found);
    else compareLists(place, expected, came, found);
  } else if (!isDeepStrictEqual(expected, came))
    found.push(`${place}: expected ${shown(expected)}, came ${shown(came)}`);
}

function compareMembers(place: string, expected: JsonObject, came: JsonObject, found: string[]): void {
  for (const name of new Set([...Object.keys(expected), ...Object.keys(came)])) {
    // No list of tags is an empty one.
    const nothing = sets.has(name) ? [] : undefined;
    const [wanted = nothing, actual = nothing] = [expected[name], came[name]];
    if (wanted !== undefined) compare(`${place}.${name}`, wanted, actual, found);
    else if (name !== 'description') found.push(`${place}.${name}: not expected, came ${shown(actual)}`);
  }
}

function compareTags(
  place: string,
  expected: readonly JsonValue[],
  came: readonly JsonValue[],
  found: string[],
): void {
  for (const tag of new Set(expected)) if (!came.includes(tag)) found.push(`${place}: lacks ${shown(tag)}`);
  for (const tag of came)
    if (!expected.includes(tag)) found.push(`${place}: has ${shown(tag)}, not expected`);
}

function compareLists(
  place: string,
  expected: readonly JsonValue[],
  came: readonly JsonValue[],
  found: string[],
): void {
  if (expected.length !== came.length)
    found.push(`${place}: expected ${expected.length} entries, came ${came.length}`);
  for (const [index, value] of expected.slice(0, came.length).entries())
    compare(`${place}[${index}]`, value, came[index], found);
}

function shown(value: JsonValue | undefined): string {
  return value === undefined ? 'nothing' : cleanLine(JSON.stringify(value), 200);
}
