import { type Tags, WILDCARD } from './labels.ts';
import { tagMatcher } from './tag-pattern.ts';

/** Which secrecy tags may be sent to a server at all: exact tags, prefixes that end in `*`, or `*` for everything. */
export type Audience = readonly string[];

/**
 * The tags of `secrecy` that may not be sent to this audience, sorted by code unit. Empty: an agent that holds them may
 * call the server. Asked before any call, a read included, since a read's arguments leave the house too.
 */
export function outsideAudience(secrecy: Tags, audience: Audience): readonly string[] {
  if (secrecy.size === 0) return [];
  const isWithin = tagMatcher(audience);
  return [...secrecy].filter((tag) => !isWithin(tag)).sort();
}

/**
 * What is left of the tags that a guard says a write accepts, for the decision about that write only: the response
 * still carries what the guard said, else cutting would make it more public. `*` accepts whatever the audience allows,
 * which no set of tags can say, so it stays: `decide` refuses an agent outside the audience before it looks at this.
 */
export function cutToAudience(accepted: Tags, audience: Audience): Tags {
  const isWithin = tagMatcher(audience);
  return new Set([...accepted].filter((tag) => tag === WILDCARD || isWithin(tag)));
}
