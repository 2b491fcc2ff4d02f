import { resolve } from 'node:path';
import { policyAt } from '../config/policy-at.ts';
import { namedSections, refuseUnknownKeys, report, type Section, valueAt } from '../config/section.ts';
import { expandedAt, namesAt, requiredTextAt } from '../config/section-values.ts';
import type { JsonObject } from '../policy/json-value.ts';
import type { ServerPolicy } from '../policy/server-policy.ts';

/** One entry of gh-aw's `guards`. */
export interface GhAwGuard {
  readonly name: string;
  readonly type: 'wasm' | 'noop' | 'write-sink' | 'unknown';
  /** The module, absolute; empty for other types. */
  readonly path: string;
  readonly policy: ServerPolicy | undefined;
  readonly backendTools: readonly string[] | undefined;
  /** What the sidecar is told of it, beside its path: `sha256` and `limits`, as they are written. */
  readonly pins: JsonObject;
}

/** gh-aw's keys, and behind them Sluice's own. */
const knownKeys = ['type', 'path', 'config', 'policy', 'sha256', 'limits', 'backendTools'];

const types = ['wasm', 'noop', 'write-sink'] as const;

/** Reads the `guards` section: guards by name. */
export function readGhAwGuards(guards: Section): ReadonlyMap<string, GhAwGuard> {
  return new Map(namedSections(guards).map(({ name, section }) => [name, readGuard(name, section)]));
}

function readGuard(name: string, section: Section): GhAwGuard {
  refuseUnknownKeys(section, knownKeys);
  const word = requiredTextAt(section, 'type', 'write "wasm" or "noop"');
  const type = types.find((known) => known === word) ?? 'unknown';
  const path = type === 'wasm' ? requiredTextAt(section, 'path', 'write where the .wasm file is') : undefined;
  if (type !== 'wasm' && type !== 'unknown' && valueAt(section, 'path') !== undefined)
    report(section, 'path', `a ${type} guard has no file: remove it, or write "wasm" as its type`);
  return {
    name,
    type,
    path: path === undefined ? '' : resolve(section.reading.folder, path),
    policy: policyAt(section, 'policy'),
    backendTools: namesAt(section, 'backendTools'),
    pins: { ...pin(section, 'sha256'), ...pin(section, 'limits') },
  };
}

function pin(section: Section, key: string): JsonObject {
  const value = expandedAt(section, key);
  return value === undefined ? {} : { [key]: value };
}
