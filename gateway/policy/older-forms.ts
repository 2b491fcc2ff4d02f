/** Older ways to write a policy, which configurations of gh-aw still use. */
import { type AllowOnlyPolicy, parseAllowOnly } from './allow-only.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';
import { claimsToBePolicy, type Policy, parsePolicy } from './policy.ts';
import { PolicyError } from './policy-error.ts';
import type { Field } from './policy-fields.ts';

/** True for the fields of an allow-only policy without the key around them: `{"repos": …, "min-integrity": …}`. */
export function isFlatPolicy(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value) || !Object.hasOwn(value, 'repos')) return false;
  return Object.hasOwn(value, 'min-integrity') || Object.hasOwn(value, 'integrity');
}

/**
 * Reads the fields of an allow-only policy without the key around them.
 *
 * @throws PolicyError
 */
export function parseFlatPolicy(field: Field): AllowOnlyPolicy {
  return parseAllowOnly(field);
}

/** True for policies by server name, of which none is anything else. */
export function isServerMap(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false;
  const policies = Object.values(value);
  return policies.length > 0 && policies.every((entry) => claimsToBePolicy(entry) || isFlatPolicy(entry));
}

/**
 * Reads the policy of one server from a policy, or from policies by server name.
 *
 * @throws PolicyError also missing-policy, when the server has none
 */
export function parseServerMap({ value, path }: Field, serverName: string): Policy {
  if (claimsToBePolicy(value)) return parsePolicy({ value, path });
  if (!isJsonObject(value)) throw new PolicyError('not-an-object', path, 'must be an object');
  const entry = Object.hasOwn(value, serverName) ? value[serverName] : undefined;
  const entryPath = `${path}.${serverName}`;
  if (entry === undefined)
    throw new PolicyError('missing-policy', entryPath, 'write the policy of this server');
  if (!isJsonObject(entry)) throw new PolicyError('not-an-object', entryPath, 'must be an object');
  const field = { value: entry, path: entryPath };
  return claimsToBePolicy(entry) ? parsePolicy(field) : parseFlatPolicy(field);
}
