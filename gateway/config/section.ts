import { isJsonObject, type JsonObject, type JsonValue } from '../policy/json-value.ts';
import { pathAt, type Step } from './config-path.ts';
import type { Environment } from './expand-variables.ts';
import { nearestWord } from './nearest-word.ts';

/** What readers of a configuration share: they go on after a mistake, so that all are reported together. */
export interface Reading {
  readonly env: Environment;
  /** The folder of the file, absolute: relative paths start here. */
  readonly folder: string;
  readonly problems: string[];
  /** How the texts of this configuration spell variables; as Sluice's own where nothing is given. */
  readonly variables?: VariableSpelling;
}

/** `own`: `${NAME}`, and `$${` for the characters; `named`: as gh-aw's JSON; `none`: texts stand for themselves. */
export type VariableSpelling = 'own' | 'named' | 'none';

/** An object of the configuration. Its texts are expanded when they are read, and not before. */
export interface Section {
  readonly value: JsonObject;
  readonly path: string;
  readonly reading: Reading;
}

/** Notes what is wrong with the value under `step`. */
export function report({ path, reading }: Section, step: Step, sentence: string): void {
  reading.problems.push(`${pathAt(path, step)}: ${sentence}`);
}

/** The value under a key, undefined when it is not given. */
export function valueAt({ value }: Section, key: string): JsonValue | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The object under a key, undefined when there is none. */
export function sectionAt(section: Section, key: string): Section | undefined {
  const value = valueAt(section, key);
  if (value === undefined) return undefined;
  if (isJsonObject(value)) return { value, path: pathAt(section.path, key), reading: section.reading };
  report(section, key, 'must be an object');
  return undefined;
}

/** Reports each key that is not known, with the nearest one that is. */
export function refuseUnknownKeys(section: Section, known: readonly string[]): void {
  for (const key of Object.keys(section.value)) {
    if (known.includes(key)) continue;
    const nearest = nearestWord(key, known);
    const hint = nearest === undefined ? `known keys are ${known.join(', ')}` : `did you mean ${nearest}?`;
    section.reading.problems.push(`unknown key ${pathAt(section.path, key)}: ${hint}`);
  }
}

/** The objects of a section whose keys are names that people choose. Names become routes and services. */
export function namedSections(section: Section): { name: string; section: Section }[] {
  return Object.keys(section.value).flatMap((name) => {
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name) || name === '.' || name === '..') {
      report(
        section,
        name,
        'a name has 1 to 64 letters, digits, dots, hyphens and underscores, and is not . or ..',
      );
      return [];
    }
    const entry = sectionAt(section, name);
    return entry === undefined ? [] : [{ name, section: entry }];
  });
}
