/** A parsed JSON value. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A parsed JSON object. Its keys come from outside: ask with `Object.hasOwn` or `Object.entries`. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** True for an object that is no list and not null. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a list; `Array.isArray` alone does not narrow a readonly list. */
export function isJsonList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
