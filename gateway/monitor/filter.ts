import { brokenRule, type ObjectLabels, type ResourceAccess, type Rule } from './access.ts';
import { joinAll, type Labels } from './labels.ts';

/** What becomes of the items of a response, and of the agent that gets them. */
export interface Filtered {
  /** For each item the rule that withholds it, or `undefined` when it may be returned. */
  readonly fates: readonly (Rule | undefined)[];
  /** Strict mode, and something may not be returned: then nothing is. */
  readonly isRefused: boolean;
  /** The agent when all items that may be returned were returned. */
  readonly agentAfter: Labels;
}

/**
 * Judges each item of a response. An item without labels of its own carries the resource's. Time is linear in the items
 * and in the tags of distinct labels: labels that many items share are judged and joined once.
 */
export function filter(access: ResourceAccess, items: readonly (ObjectLabels | undefined)[]): Filtered {
  const ruleOf = new Map<ObjectLabels, Rule | undefined>();
  const fates = items.map((labels = access.resource) => {
    if (!ruleOf.has(labels)) ruleOf.set(labels, brokenRule(access, labels));
    return ruleOf.get(labels);
  });
  const returned = [...ruleOf].filter(([, rule]) => rule === undefined).map(([labels]) => labels);
  const isRead = access.operation !== 'write';
  return {
    fates,
    isRefused: access.mode === 'strict' && returned.length < ruleOf.size,
    agentAfter: access.mode === 'propagate' && isRead ? joinAll(access.agent, returned) : access.agent,
  };
}
