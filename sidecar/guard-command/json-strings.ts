import { isJsonObject, type JsonObject, type JsonValue } from '../config/json-value.ts';

/** What becomes of one string: its place is a list of keys and indexes. */
export type ChangeString = (text: string, place: readonly string[]) => string;

/**
 * A value with each of its strings changed. A string that is JSON of an object or a list, as the texts of tool results
 * are, is changed inside, and its place goes on there. Keys stay.
 */
export function changeStrings(
  value: JsonValue,
  change: ChangeString,
  place: readonly string[] = [],
): JsonValue {
  if (typeof value === 'string') return changeText(value, change, place);
  if (Array.isArray(value))
    return value.map((each: JsonValue, index) => changeStrings(each, change, [...place, String(index)]));
  return isJsonObject(value) ? changeMembers(value, change, place) : value;
}

/** The same for an object. */
export function changeMembers(
  value: JsonObject,
  change: ChangeString,
  place: readonly string[] = [],
): JsonObject {
  const members = Object.entries(value);
  return Object.fromEntries(
    members.map(([key, each]) => [key, changeStrings(each, change, [...place, key])]),
  );
}

function changeText(text: string, change: ChangeString, place: readonly string[]): string {
  const inside = structureIn(text);
  return inside === undefined ? change(text, place) : JSON.stringify(changeStrings(inside, change, place));
}

function structureIn(text: string): JsonValue | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: JsonValue = JSON.parse(text);
    return typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}
