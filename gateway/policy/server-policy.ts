import type { AllowOnlyPolicy } from './allow-only.ts';
import { isJsonObject, type JsonObject } from './json-value.ts';
import { isFlatPolicy, isServerMap, parseFlatPolicy, parseServerMap } from './older-forms.ts';
import { claimsToBePolicy, parsePolicy } from './policy.ts';
import { PolicyError } from './policy-error.ts';
import type { Field } from './policy-fields.ts';
import type { WriteSinkPolicy } from './write-sink.ts';

/** A policy that is no policy of gh-aw's: the guard judges it. */
export interface OpaquePolicy {
  readonly kind: 'opaque';
  /** As it was written. */
  readonly policy: JsonObject;
}

/** What a configuration says about one server. */
export type ServerPolicy = AllowOnlyPolicy | WriteSinkPolicy | OpaquePolicy;

/**
 * Reads a policy in any form that a configuration may use. What claims to be a policy of gh-aw's must be a good one;
 * every other object passes as it is. Policies by server name are read only where there is a server.
 *
 * @throws PolicyError
 */
export function readServerPolicy({ value, path }: Field, serverName?: string): ServerPolicy {
  if (!isJsonObject(value)) throw new PolicyError('not-an-object', path, 'must be an object');
  if (claimsToBePolicy(value)) return parsePolicy({ value, path });
  if (isFlatPolicy(value)) return parseFlatPolicy({ value, path });
  if (serverName !== undefined && isServerMap(value)) return parseServerMap({ value, path }, serverName);
  return { kind: 'opaque', policy: value };
}
