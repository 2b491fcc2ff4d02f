import { type AllowOnlyPolicy, parseAllowOnly } from './allow-only.ts';
import { PolicyError } from './policy-error.ts';

/** An allow-only policy as the flags and variables of gh-aw give it (`--allowonly-scope-…`). Blank: not given. */
export interface ScopeShortcut {
  readonly public: boolean;
  readonly owner: string;
  readonly repo: string;
  readonly minIntegrity: string;
}

const path = 'allow-only scope';

/**
 * The policy that a shortcut stands for: all that is public, all of an owner, or one repository. Null: nothing given.
 *
 * @throws PolicyError also repo-without-owner or not-one-scope
 */
export function policyFromShortcut(shortcut: ScopeShortcut): AllowOnlyPolicy | null {
  const owner = shortcut.owner.trim();
  const repo = shortcut.repo.trim();
  const level = shortcut.minIntegrity.trim();
  if (repo !== '' && owner === '')
    throw new PolicyError('repo-without-owner', path, 'name the owner of the repository');
  if (!shortcut.public && owner === '' && level === '') return null;
  if (shortcut.public === (owner !== '')) {
    throw new PolicyError('not-one-scope', path, 'choose either public or an owner');
  }
  const repos = shortcut.public ? 'public' : [`${owner}/${repo === '' ? '*' : repo}`];
  return parseAllowOnly({ value: { repos, 'min-integrity': level }, path });
}
