/** Readers of single values. Each reports what is wrong and answers undefined, also for what is not given. */
import { isJsonList, isJsonObject, type JsonValue } from '../policy/json-value.ts';
import { pathAt } from './config-path.ts';
import { expandNamed, expandVariables } from './expand-variables.ts';
import { type Reading, report, type Section, valueAt } from './section.ts';

/** A value with the variables in all of its texts filled in. */
export function expandedAt(section: Section, key: string): JsonValue | undefined {
  const value = valueAt(section, key);
  if (value === undefined) return undefined;
  const { problems } = section.reading;
  const problemsBefore = problems.length;
  const result = expanded(value, pathAt(section.path, key), section.reading);
  return problems.length === problemsBefore ? result : undefined;
}

/** A text that is not empty. */
export function textAt(section: Section, key: string): string | undefined {
  const value = expandedAt(section, key);
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  report(section, key, 'must be a text that is not empty');
  return undefined;
}

/** A text that must be given. */
export function requiredTextAt(section: Section, key: string, whatToWrite: string): string | undefined {
  if (valueAt(section, key) === undefined) report(section, key, `is missing: ${whatToWrite}`);
  return textAt(section, key);
}

/** One of a few words. */
export function wordAt<Word extends string>(
  section: Section,
  key: string,
  words: readonly Word[],
): Word | undefined {
  const value = expandedAt(section, key);
  const word = words.find((known) => known === value);
  if (value !== undefined && word === undefined) report(section, key, `must be one of ${words.join(', ')}`);
  return word;
}

/** A number within a range, both ends included. */
export function numberAt(
  section: Section,
  key: string,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): number | undefined {
  const value = valueAt(section, key);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= minimum && value <= maximum) return value;
  report(section, key, `must be a number from ${minimum} to ${maximum}`);
  return undefined;
}

/** True or false. */
export function booleanAt(section: Section, key: string): boolean | undefined {
  const value = valueAt(section, key);
  if (value === undefined || typeof value === 'boolean') return value;
  report(section, key, 'must be true or false');
  return undefined;
}

/** A whole number within a range, both ends included; as a text, too, so that a variable can hold it. */
export function wholeNumberAt(
  section: Section,
  key: string,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): number | undefined {
  const value = expandedAt(section, key);
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= minimum && number <= maximum)
    return number;
  report(section, key, `must be a whole number from ${minimum} to ${maximum}`);
  return undefined;
}

/** A list of texts. */
export function textsAt(section: Section, key: string): readonly string[] | undefined {
  const value = expandedAt(section, key);
  if (value === undefined) return undefined;
  if (isJsonList(value) && value.every(isPlainText)) return value;
  report(section, key, 'must be a list of texts');
  return undefined;
}

/** A list of names: texts of which none is blank or stands twice. */
export function namesAt(section: Section, key: string): readonly string[] | undefined {
  const names = textsAt(section, key);
  if (names?.some((name) => name.trim() === '')) report(section, key, 'must not hold a blank text');
  else if (new Set(names).size !== (names?.length ?? 0)) report(section, key, 'must name each only once');
  else return names;
  return undefined;
}

/** An object of texts. */
export function textMapAt(section: Section, key: string): Readonly<Record<string, string>> | undefined {
  const value = expandedAt(section, key);
  if (value === undefined) return undefined;
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  const texts = entries.flatMap(([name, text]) => (isPlainText(text) ? [[name, text] as const] : []));
  if (isJsonObject(value) && texts.length === entries.length) return Object.fromEntries(texts);
  report(section, key, 'must be an object of texts');
  return undefined;
}

function isPlainText(value: JsonValue): value is string {
  return typeof value === 'string' && !value.includes('\0');
}

const expansions = { own: expandVariables, named: expandNamed, none: (text: string) => text };

function expanded(value: JsonValue, path: string, reading: Reading): JsonValue {
  if (typeof value === 'string') {
    const expand = expansions[reading.variables ?? 'own'];
    return expand(value, reading.env, (sentence) => reading.problems.push(`${path}: ${sentence}`));
  }
  if (isJsonList(value)) return value.map((entry, index) => expanded(entry, pathAt(path, index), reading));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, expanded(entry, pathAt(path, key), reading)]),
  );
}
