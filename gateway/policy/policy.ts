import { type AllowOnlyPolicy, parseAllowOnly } from './allow-only.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';
import { PolicyError } from './policy-error.ts';
import { type Field, readFields } from './policy-fields.ts';
import { parseWriteSink, type WriteSinkPolicy } from './write-sink.ts';

/** A policy of gh-aw's gateway, in normal form. */
export type Policy = AllowOnlyPolicy | WriteSinkPolicy;

type PolicyName = 'allow-only' | 'write-sink';

const spellings: ReadonlyMap<string, PolicyName> = new Map<string, PolicyName>([
  ['allow-only', 'allow-only'],
  ['allowonly', 'allow-only'],
  ['write-sink', 'write-sink'],
  ['writesink', 'write-sink'],
]);

/** True for an object that says by a key that it is an allow-only or a write-sink policy, well-formed or not. */
export function claimsToBePolicy(value: JsonValue | undefined): boolean {
  return isJsonObject(value) && Object.keys(value).some((key) => spellings.has(key.toLowerCase()));
}

/**
 * Reads `{"allow-only": …}` or `{"write-sink": …}`.
 *
 * @throws PolicyError
 */
export function parsePolicy({ value, path }: Field): Policy {
  if (value === undefined || value === null) throw new PolicyError('missing-policy', path, whatToWrite);
  if (!isJsonObject(value)) throw new PolicyError('not-an-object', path, whatToWrite);
  const fields = readFields({ value, path }, spellings);
  const allowOnly = fields('allow-only');
  const writeSink = fields('write-sink');
  if (allowOnly.value !== undefined && writeSink.value !== undefined) {
    throw new PolicyError('both-policies', path, 'write either allow-only or write-sink, not both');
  }
  if (allowOnly.value !== undefined) return parseAllowOnly(allowOnly);
  if (writeSink.value !== undefined) return parseWriteSink(writeSink);
  throw new PolicyError('missing-policy', path, whatToWrite);
}

const whatToWrite = 'write {"allow-only": {…}} or {"write-sink": {…}}';
