import { PolicyError } from './policy-error.ts';
import type { Field } from './policy-fields.ts';

/** How much an author is vouched for, from least to most. */
export const integrityLevels = ['none', 'unapproved', 'approved', 'merged'] as const;

/** One of the four levels of an allow-only policy. */
export type IntegrityLevel = (typeof integrityLevels)[number];

/**
 * Reads a level, in any letter case and padded or not. A blank text counts as not given.
 *
 * @throws PolicyError wrong-type or invalid-integrity
 */
export function parseIntegrityLevel({ value, path }: Field): IntegrityLevel | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new PolicyError('wrong-type', path, oneOfLevels);
  const word = value.trim().toLowerCase();
  if (word === '') return undefined;
  const level = integrityLevels.find((known) => known === word);
  if (level === undefined) throw new PolicyError('invalid-integrity', path, oneOfLevels);
  return level;
}

/**
 * Reads a level that must be given.
 *
 * @throws PolicyError also missing-min-integrity
 */
export function requireIntegrityLevel(field: Field): IntegrityLevel {
  const level = parseIntegrityLevel(field);
  if (level === undefined) throw new PolicyError('missing-min-integrity', field.path, oneOfLevels);
  return level;
}

const oneOfLevels = `write one of ${integrityLevels.join(', ')}`;
