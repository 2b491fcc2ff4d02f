import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../config/json-value.ts';
import { maxJsonDepth, maxOutputBytes } from '../limits.ts';
import { UsageError } from './usage-error.ts';

/** A file of JSON that is larger than what a guard can be told, and all that it can answer, is none for a guard. */
const maxFileBytes = 2 * maxOutputBytes;

/**
 * The text of a flag's value: JSON, or `@FILE` with JSON in it, relative to `folder`.
 *
 * @throws UsageError
 */
export async function jsonText(value: string, name: string, folder = '.'): Promise<string> {
  return value.startsWith('@') ? readTextFile(resolve(folder, value.slice(1)), name) : value;
}

/** The same, as what it says: an object. Throws a UsageError. */
export async function jsonObject(value: string, name: string): Promise<JsonObject> {
  const parsed = parseJson(await jsonText(value, name), name);
  if (isJsonObject(parsed)) return parsed;
  throw new UsageError(`${name} must be a JSON object, as {"path": "/x"}, or @FILE with one in it`);
}

/**
 * Reads JSON.
 *
 * @throws UsageError where it is none, or where a number in it would lose digits
 */
export function parseJson(text: string, name: string): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${name} is no JSON: ${syntaxWords(error)}`);
  }
  checkValue(value, name, 0);
  return value;
}

/** A text file, within a bound. Throws a UsageError that names it. */
export async function readTextFile(path: string, name: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > maxFileBytes) throw new UsageError(`it has more than ${maxFileBytes} bytes`);
    const bytes = await file.readFile();
    if (!isUtf8(bytes)) throw new UsageError('it is not UTF-8');
    return bytes.toString();
  } catch (error) {
    const why = error instanceof UsageError ? error.message : systemCode(error);
    throw new UsageError(`${name}: cannot read ${path} (${why})`);
  }
}

/** What would be another value when it is written again is refused, and so is what readers that recurse cannot read. */
function checkValue(value: JsonValue, name: string, depth: number): void {
  if (typeof value === 'number' && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER))
    throw new UsageError(`${name} has a number above 2^53, which loses digits: write it as a text`);
  if (typeof value !== 'object' || value === null) return;
  if (depth === maxJsonDepth) throw new UsageError(`${name} is nested deeper than ${maxJsonDepth}`);
  for (const each of Object.values(value)) checkValue(each, name, depth + 1);
}

/** Node quotes the text, which may be long, and another's. */
function syntaxWords(error: unknown): string {
  const position = /position \d+/.exec(String(error))?.[0];
  return position === undefined ? 'it ends too early, or is not quoted for the shell' : `at ${position}`;
}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
