import type { ServerPolicy } from '../policy/server-policy.ts';
import { policyAt } from './policy-at.ts';
import { namedSections, refuseUnknownKeys, report, type Section, valueAt } from './section.ts';
import { namesAt, requiredTextAt } from './section-values.ts';

/** What the gateway needs to know of a guard. How to load it is the sidecar's business, and is not looked at. */
export interface GuardDeclaration {
  readonly name: string;
  readonly type: GuardType | 'unknown';
  /** The `path` as it is written; empty when there is none. */
  readonly file: string;
  /** Undefined when there is none, or an empty one. */
  readonly policy: ServerPolicy | undefined;
  readonly backendTools: readonly string[] | undefined;
}

type GuardType = keyof typeof knownKeys;

const knownKeys = {
  wasm: ['type', 'path', 'sha256', 'policy', 'limits', 'backendTools'],
  noop: ['type', 'policy'],
  'write-sink': ['type', 'policy'],
};

/** Reads the `guards` section: guards by name. */
export function readGuardsSection(guards: Section): ReadonlyMap<string, GuardDeclaration> {
  const entries = namedSections(guards);
  return new Map(entries.map(({ name, section }) => [name, readGuard(name, section)]));
}

function readGuard(name: string, section: Section): GuardDeclaration {
  const word = requiredTextAt(section, 'type', 'write "wasm", "noop" or "write-sink"');
  const type = guardTypes.find((known) => known === word) ?? 'unknown';
  if (type !== 'unknown') refuseUnknownKeys(section, knownKeys[type]);
  const policy = policyAt(section, 'policy');
  if (type === 'noop' && policy !== undefined)
    report(section, 'policy', 'a noop guard reads no policy: remove it');
  const path = valueAt(section, 'path');
  const file = typeof path === 'string' ? path : '';
  return {
    name,
    type,
    file,
    policy,
    backendTools: type === 'wasm' ? namesAt(section, 'backendTools') : undefined,
  };
}

const guardTypes: readonly GuardType[] = ['wasm', 'noop', 'write-sink'];
