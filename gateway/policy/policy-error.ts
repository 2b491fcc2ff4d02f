/** Why a policy is refused: the categories of test/vectors/policy.json, and `duplicate-field`, which is ours. */
export type PolicyErrorCategory =
  | 'missing-policy'
  | 'not-an-object'
  | 'both-policies'
  | 'legacy-envelope'
  | 'unknown-field'
  | 'duplicate-field'
  | 'wrong-type'
  | 'empty-entry'
  | 'empty-list'
  | 'missing-repos'
  | 'invalid-repos'
  | 'empty-repos'
  | 'invalid-scope'
  | 'duplicate-scope'
  | 'missing-min-integrity'
  | 'invalid-integrity'
  | 'negative-limit'
  | 'empty-accept'
  | 'invalid-accept'
  | 'duplicate-accept'
  | 'wildcard-not-alone'
  | 'invalid-visibility'
  | 'repo-without-owner'
  | 'not-one-scope';

/**
 * A policy that cannot be used. The message is one sentence that names the path and what to write instead; it never
 * repeats a value, because values may come from variables that hold secrets.
 */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly category: PolicyErrorCategory;
  /** Where in the configuration, such as `mcpServers.github.guard-policies.allow-only.repos`. */
  readonly path: string;

  constructor(category: PolicyErrorCategory, path: string, sentence: string) {
    super(`${path}: ${sentence}`);
    this.category = category;
    this.path = path;
  }
}
