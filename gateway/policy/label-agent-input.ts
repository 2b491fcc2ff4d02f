/** What `label_agent` of a guard for gh-aw is given: an allow-only policy, and the bots that count as trusted. */
import { type AllowOnlyPolicy, parseAllowOnly } from './allow-only.ts';
import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { parseNames } from './name-list.ts';
import { PolicyError } from './policy-error.ts';
import type { WriteSinkPolicy } from './write-sink.ts';

const path = 'policy';
const allowOnlyKeys: readonly string[] = ['allow-only', 'allowonly'];
const knownKeys: readonly string[] = [...allowOnlyKeys, 'trusted-bots'];

/**
 * Checks a policy that is about to be sent, an object or its JSON text, and returns the object unchanged.
 *
 * @throws PolicyError
 */
export function labelAgentInput(given: JsonValue): JsonObject {
  const value = typeof given === 'string' ? parseText(given) : given;
  if (value === null) throw new PolicyError('missing-policy', path, whatToWrite);
  if (!isJsonObject(value)) throw new PolicyError('not-an-object', path, whatToWrite);
  if (Object.hasOwn(value, 'policy')) {
    throw new PolicyError(
      'legacy-envelope',
      path,
      'write what stands under "policy" without that key around it',
    );
  }
  const [key, second] = Object.keys(value).filter((name) => allowOnlyKeys.includes(name));
  if (key === undefined) throw new PolicyError('missing-policy', path, whatToWrite);
  if (second !== undefined)
    throw new PolicyError('duplicate-field', `${path}.${second}`, 'write allow-only only once');
  const unknown = Object.keys(value).find((name) => !knownKeys.includes(name));
  if (unknown !== undefined) throw new PolicyError('unknown-field', `${path}.${unknown}`, whatToWrite);
  parseAllowOnly({ value: value[key], path: `${path}.${key}` });
  checkTrustedBots(value);
  return value;
}

/** A policy in normal form as guards read it: exact names, lower case, lists as lists. */
export function policyForGuard(policy: AllowOnlyPolicy | WriteSinkPolicy): JsonObject {
  if (policy.kind === 'write-sink') {
    const visibility = policy.sinkVisibility === null ? {} : { 'sink-visibility': policy.sinkVisibility };
    return { 'write-sink': { accept: policy.accept, ...visibility } };
  }
  // The limits on tool calls are for the gateway; the published guards do not know them.
  const { kind: _kind, scope, scopes, toolCallLimits: _limits, ...rest } = policy;
  const fields = Object.entries(rest).map(([name, value]) => [kebabCase(name), value] as const);
  return { 'allow-only': { repos: scope === 'scoped' ? scopes : scope, ...Object.fromEntries(fields) } };
}

/** Who else counts as trusted, whatever the policy says. */
export interface Trusted {
  readonly trustedBots: readonly string[];
  readonly trustedUsers: readonly string[];
}

/** Adds to an allow-only policy, as `policyForGuard` writes it. Any other policy stays as it is. */
export function withTrusted(policy: JsonObject, { trustedBots, trustedUsers }: Trusted): JsonObject {
  const allowOnly = policy['allow-only'];
  if (!isJsonObject(allowOnly)) return policy;
  return {
    ...policy,
    'allow-only': { ...allowOnly, ...added(allowOnly, 'trusted-users', trustedUsers) },
    ...added(policy, 'trusted-bots', trustedBots),
  };
}

function added(object: JsonObject, key: string, names: readonly string[]): JsonObject {
  if (names.length === 0) return {};
  const present = object[key];
  return { [key]: [...new Set([...(isJsonList(present) ? present : []), ...names])] };
}

function checkTrustedBots(value: JsonObject): void {
  if (!Object.hasOwn(value, 'trusted-bots')) return;
  const field = { value: value['trusted-bots'], path: `${path}.trusted-bots` };
  if (parseNames(field) === undefined)
    throw new PolicyError('empty-list', field.path, 'name a bot, or leave it out');
}

function parseText(text: string): JsonValue {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own error quotes the text.
    throw new PolicyError('not-an-object', path, 'must be a JSON object');
  }
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const whatToWrite = 'write {"allow-only": {"repos": …, "min-integrity": …}}';
