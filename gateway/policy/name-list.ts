import { isJsonList, type JsonValue } from './json-value.ts';
import { PolicyError } from './policy-error.ts';
import type { Field } from './policy-fields.ts';

/**
 * Reads a list of users or labels: trimmed, in the given order, each once whatever its letter case (the first spelling
 * stays). Nothing in it: not given.
 *
 * @throws PolicyError wrong-type or empty-entry
 */
export function parseNames({ value, path }: Field): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!isJsonList(value)) throw new PolicyError('wrong-type', path, 'write a list of texts');
  return distinct(value.map((entry, index) => parseName(entry, `${path}[${index}]`)));
}

/**
 * Reads reactions, which GitHub's API spells in upper case.
 *
 * @throws PolicyError wrong-type or empty-entry
 */
export function parseReactions(field: Field): readonly string[] | undefined {
  return parseNames(field)?.map((reaction) => reaction.toUpperCase());
}

/**
 * Reads labels that may also be one text, separated by commas or line ends.
 *
 * @throws PolicyError wrong-type, empty-entry, or empty-list for a text without a label
 */
export function parseNamesOrText(field: Field): readonly string[] | undefined {
  if (typeof field.value !== 'string') return parseNames(field);
  const labels = field.value.split(/[,\n]/).map((label) => label.trim());
  const names = distinct(labels.filter((label) => label !== ''));
  if (names === undefined)
    throw new PolicyError('empty-list', field.path, 'write at least one label, or leave it out');
  return names;
}

function parseName(entry: JsonValue, path: string): string {
  if (typeof entry !== 'string') throw new PolicyError('wrong-type', path, 'must be a text');
  const name = entry.trim();
  if (name === '') throw new PolicyError('empty-entry', path, 'must not be blank, write a name or remove it');
  return name;
}

function distinct(names: readonly string[]): readonly string[] | undefined {
  const firstSpellings = new Map<string, string>();
  for (const name of names) {
    const key = name.toLowerCase();
    if (!firstSpellings.has(key)) firstSpellings.set(key, name);
  }
  return firstSpellings.size === 0 ? undefined : [...firstSpellings.values()];
}
