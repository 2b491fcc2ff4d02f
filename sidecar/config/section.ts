/** Readers of an object of the configuration. Each notes what is wrong and goes on, so that all is reported at once. */
import { pathAt } from './config-path.ts';
import { type Environment, expandVariables } from './expand-variables.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { nearestWord } from './nearest-word.ts';

/** An object of the configuration. Its texts are expanded when they are read, and not before. */
export interface Section {
  readonly value: JsonObject;
  readonly path: string;
  readonly env: Environment;
  /** Shared by all sections of one file. */
  readonly problems: string[];
}

/** Notes what is wrong with the value under a key. */
export function report({ path, problems }: Section, key: string, sentence: string): void {
  problems.push(`${pathAt(path, key)}: ${sentence}`);
}

/** The value under a key as it is written, undefined when it is not given. */
export function valueAt({ value }: Section, key: string): JsonValue | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The value under a key with its variables filled in; undefined also when that cannot be done. */
export function expandedAt(section: Section, key: string): JsonValue | undefined {
  const value = valueAt(section, key);
  if (value === undefined) return undefined;
  const problemsBefore = section.problems.length;
  const { env } = section;
  const expanded = expandVariables(value, { env, report: (sentence) => report(section, key, sentence) });
  return section.problems.length === problemsBefore ? expanded : undefined;
}

/** The text under a key, undefined when there is none. */
export function textAt(section: Section, key: string): string | undefined {
  const value = expandedAt(section, key);
  if (value === undefined || (typeof value === 'string' && value !== '' && !value.includes('\0')))
    return value;
  report(section, key, 'must be a text that is not empty');
  return undefined;
}

/** The text under a key that must be given. */
export function requiredTextAt(section: Section, key: string, whatToWrite: string): string | undefined {
  if (valueAt(section, key) === undefined) report(section, key, `is missing: ${whatToWrite}`);
  return textAt(section, key);
}

/** The object under a key, undefined when there is none. */
export function sectionAt(section: Section, key: string): Section | undefined {
  const value = valueAt(section, key);
  if (value === undefined) return undefined;
  if (isJsonObject(value)) return { ...section, value, path: pathAt(section.path, key) };
  report(section, key, 'must be an object');
  return undefined;
}

/** Reports each key that is not known, with the nearest one that is. */
export function refuseUnknownKeys(section: Section, known: readonly string[]): void {
  for (const key of Object.keys(section.value)) {
    if (known.includes(key)) continue;
    const nearest = nearestWord(key, known);
    const hint = nearest === undefined ? `known keys are ${known.join(', ')}` : `did you mean ${nearest}?`;
    section.problems.push(`unknown key ${pathAt(section.path, key)}: ${hint}`);
  }
}
