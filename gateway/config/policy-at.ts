import { isJsonObject } from '../policy/json-value.ts';
import { PolicyError } from '../policy/policy-error.ts';
import { readServerPolicy, type ServerPolicy } from '../policy/server-policy.ts';
import { pathAt } from './config-path.ts';
import type { Section } from './section.ts';
import { expandedAt } from './section-values.ts';

/** The policy under a key; undefined when there is none or it is empty, which is the same as in gh-aw's gateway. */
export function policyAt(section: Section, key: string, serverName?: string): ServerPolicy | undefined {
  const value = expandedAt(section, key);
  if (value === undefined || (isJsonObject(value) && Object.keys(value).length === 0)) return undefined;
  try {
    return readServerPolicy({ value, path: pathAt(section.path, key) }, serverName);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    section.reading.problems.push(error.message);
    return undefined;
  }
}
