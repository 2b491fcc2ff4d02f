import { WILDCARD } from './labels.ts';

/**
 * Whether a tag is one of those that patterns name: exact tags, prefixes that end in `*`, or `*` for every tag. The tag
 * `*` itself, which covers all others on the superset side, is named by `*` only.
 */
export function tagMatcher(patterns: readonly string[]): (tag: string) => boolean {
  const exact = new Set(patterns);
  const prefixes = patterns
    .filter((pattern) => pattern.endsWith(WILDCARD))
    .map((pattern) => pattern.slice(0, -WILDCARD.length));
  return (tag) => exact.has(tag) || prefixes.some((prefix) => tag.startsWith(prefix));
}
