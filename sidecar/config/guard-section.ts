import { resolve } from 'node:path';
import {
  defaultGuardLimits,
  type GuardLimitName,
  type GuardLimits,
  guardLimitNames,
  guardLimitRanges,
  guardLimits,
} from '../guard-limits.ts';
import { isJsonObject, type JsonObject } from './json-value.ts';
import {
  expandedAt,
  refuseUnknownKeys,
  report,
  requiredTextAt,
  type Section,
  sectionAt,
  textAt,
  valueAt,
} from './section.ts';

/** A WASM guard as it is configured; whether its file is any good is found out when it is loaded. */
export interface GuardConfig {
  readonly name: string;
  /** The module, absolute. */
  readonly path: string;
  /** What its file must hash to, lower-case hex; undefined: not pinned. */
  readonly sha256: string | undefined;
  /** What `label_agent` gets from a session that brings no policy of its own; undefined: `{}`. */
  readonly policy: JsonObject | undefined;
  readonly limits: GuardLimits;
}

const knownKeys = ['type', 'path', 'sha256', 'policy', 'limits', 'backendTools'];

/** Reads a guard of type `wasm`. Relative paths start at `folder`. */
export function readGuard(name: string, guard: Section, folder: string): GuardConfig {
  refuseUnknownKeys(guard, knownKeys);
  return {
    name,
    path: resolve(folder, requiredTextAt(guard, 'path', 'write where the .wasm file is') ?? ''),
    sha256: readSha256(guard),
    policy: readPolicy(guard),
    limits: readLimits(guard),
  };
}

function readSha256(guard: Section): string | undefined {
  const text = textAt(guard, 'sha256')?.toLowerCase();
  if (text === undefined || /^[0-9a-f]{64}$/.test(text)) return text;
  report(guard, 'sha256', 'must be 64 hex digits, as sha256sum prints them');
  return undefined;
}

function readPolicy(guard: Section): JsonObject | undefined {
  const policy = expandedAt(guard, 'policy');
  if (policy === undefined || isJsonObject(policy)) return policy;
  report(guard, 'policy', 'must be an object');
  return undefined;
}

function readLimits(guard: Section): GuardLimits {
  const limits = sectionAt(guard, 'limits');
  if (limits === undefined) return defaultGuardLimits;
  refuseUnknownKeys(limits, guardLimitNames);
  return guardLimits((name) => readLimit(limits, name));
}

function readLimit(limits: Section, name: GuardLimitName): number {
  const range = guardLimitRanges[name];
  const value = valueAt(limits, name);
  if (value === undefined) return range.default;
  const isNumber = typeof value === 'number' && Number.isInteger(value);
  if (isNumber && value >= range.minimum && value <= range.maximum) return value;
  report(limits, name, `must be a whole number from ${range.minimum} to ${range.maximum}`);
  return range.default;
}
