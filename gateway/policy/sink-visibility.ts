import type { JsonValue } from './json-value.ts';
import { PolicyError } from './policy-error.ts';
import type { Field } from './policy-fields.ts';

/** Who can see what is written to a sink. */
export type Visibility = 'public' | 'private' | 'internal';

const visibilities: readonly Visibility[] = ['public', 'private', 'internal'];

/** What decides about a sink that its policy may say nothing about. */
export interface SinkSituation {
  readonly serverName: string;
  /** The policy's `sink-visibility`, null when it says none. */
  readonly configured: JsonValue;
  /** The repository whose workflow runs the agent; `unknown` where there is none or nobody could be asked. */
  readonly workflowRepository: Visibility | 'unknown';
  /** Servers without the default, `*` for all. */
  readonly exemptServers: readonly string[];
  /** False switches the default off, for all servers. Null: not set. */
  readonly forcePublicRepos: boolean | null;
}

/** The servers of gh-aw whose outputs are reviewed before they are published. */
const reviewedServers: readonly string[] = ['safe-outputs', 'safeoutputs'];

/**
 * Reads `sink-visibility`, in any letter case. Blank: not given.
 *
 * @throws PolicyError wrong-type or invalid-visibility
 */
export function parseVisibility({ value, path }: Field): Visibility | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new PolicyError('wrong-type', path, oneOfVisibilities);
  const word = value.trim().toLowerCase();
  if (word === '') return null;
  const visibility = visibilities.find((known) => known === word);
  if (visibility === undefined) throw new PolicyError('invalid-visibility', path, oneOfVisibilities);
  return visibility;
}

/**
 * The visibility that holds for a sink in the end (compat.md 3.11). A public workflow makes a sink public whatever its
 * policy says; a sink that says nothing is public unless its outputs are reviewed or it is exempt.
 *
 * @throws PolicyError wrong-type or invalid-visibility
 */
export function sinkVisibility(situation: SinkSituation): Visibility | null {
  const configured = parseVisibility({ value: situation.configured, path: 'sink-visibility' });
  if (configured !== null) return situation.workflowRepository === 'public' ? 'public' : configured;
  if (!reviewedServers.includes(situation.serverName)) return isExempt(situation) ? null : 'public';
  return situation.workflowRepository === 'public' ? 'public' : null;
}

function isExempt({ serverName, exemptServers, forcePublicRepos }: SinkSituation): boolean {
  return forcePublicRepos === false || exemptServers.includes('*') || exemptServers.includes(serverName);
}

const oneOfVisibilities = `write one of ${visibilities.join(', ')}`;
