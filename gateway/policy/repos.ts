import { isJsonList, type JsonValue } from './json-value.ts';
import { PolicyError } from './policy-error.ts';
import type { Field } from './policy-fields.ts';
import { isRepoScope } from './repo-scope.ts';

/** The repositories that an allow-only policy is about. */
export interface Repos {
  /** `scoped`: those in `scopes`. */
  readonly scope: 'all' | 'public' | 'scoped';
  /** Sorted by code unit; empty unless scoped. */
  readonly scopes: readonly string[];
}

/**
 * Reads `repos`: "all", "public", or a list of scopes.
 *
 * @throws PolicyError missing-repos, invalid-repos, empty-repos, invalid-scope or duplicate-scope
 */
export function parseRepos({ value, path }: Field): Repos {
  if (value === undefined) throw new PolicyError('missing-repos', path, whatToWrite);
  if (isJsonList(value)) return { scope: 'scoped', scopes: parseScopes(value, path) };
  const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (word !== 'all' && word !== 'public') throw new PolicyError('invalid-repos', path, whatToWrite);
  return { scope: word, scopes: [] };
}

function parseScopes(entries: readonly JsonValue[], path: string): readonly string[] {
  if (entries.length === 0) throw new PolicyError('empty-repos', path, whatToWrite);
  const scopes = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const scope = typeof entry === 'string' ? entry.trim() : '';
    const entryPath = `${path}[${index}]`;
    if (!isRepoScope(scope)) throw new PolicyError('invalid-scope', entryPath, scopeToWrite);
    if (scopes.has(scope)) throw new PolicyError('duplicate-scope', entryPath, 'write each scope only once');
    scopes.add(scope);
  }
  return [...scopes].sort();
}

const whatToWrite = 'write "all", "public", or a list of scopes such as ["owner/repo", "owner/*"]';
const scopeToWrite = 'write owner/repo, owner/* or owner/prefix*';
