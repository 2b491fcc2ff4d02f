// What would have become of a decision under other rules? As pure as the monitor that it asks.

import { decide, type ResourceAccess, stopsCall } from '../monitor/access.ts';
import { outsideAudience } from '../monitor/audience.ts';
import { filter } from '../monitor/filter.ts';
import type { Labels } from '../monitor/labels.ts';
import { floorMode, type Mode, modeForWholes } from '../monitor/mode.ts';
import type { DenialReason } from '../outcome.ts';
import type { ReadDecision } from './read-decision.ts';

/** The rules that a decision is replayed under. */
export interface ReplayRules {
  /** The operator's floor. */
  readonly operatorMode: Mode | undefined;
  /** Of the decision's server. */
  readonly audience: readonly string[];
}

/** What would become of a call. */
export type Replayed =
  | { readonly kind: 'denied'; readonly reason: DenialReason; readonly after: Labels }
  | { readonly kind: 'result'; readonly withheld: number; readonly after: Labels }
  /** The server would be asked, and what it would answer the trail does not know. */
  | { readonly kind: 'unseen'; readonly after: Labels };

/** Decides again for an agent with these labels; nothing where the trail does not know enough. */
export function replay(decision: ReadDecision, agent: Labels, rules: ReplayRules): Replayed | undefined {
  const { access, response } = decision;
  const denied = (reason: DenialReason) => ({ kind: 'denied', reason, after: agent }) as const;
  const unseen = { kind: 'unseen', after: agent } as const;
  if (outsideAudience(agent.secrecy, rules.audience).length > 0) return denied('AUDIENCE');
  if (access === undefined) return decision.reason === 'AUDIENCE' ? unseen : undefined;
  const { operation, resource } = access;
  const guardsMode = floorMode(rules.operatorMode, access.guardMode);
  const mode = access.isIndivisible ? modeForWholes(guardsMode) : guardsMode;
  const asked: ResourceAccess = { mode, operation, resource, agent, audience: rules.audience };
  const decided = decide(asked);
  if (stopsCall(asked, decided)) return denied(decided.reason);
  if (response === undefined) return unseen;
  if (operation === 'write') return { kind: 'result', withheld: 0, after: agent };
  return response.items && judged(asked, { ...response, items: response.items });
}

/** As judge-response does it, without the words of the response. */
function judged(
  access: ResourceAccess,
  { items }: { items: readonly { labels: Labels; count: number }[] },
): Replayed {
  const { agent, operation } = access;
  const { fates, isRefused, agentAfter } = filter(
    access,
    items.map(({ labels }) => labels),
  );
  const counts = items.map(({ count }, index) => (fates[index] === undefined ? 0 : count));
  const withheld = counts.reduce((sum, count) => sum + count, 0);
  const isAllWithheld = items.length > 0 && fates.every((rule) => rule !== undefined);
  // A tool that also writes has done its work: its answer is withheld, and that is not called a denial.
  if (isRefused && operation === 'read') return { kind: 'denied', reason: 'ITEMS_WITHHELD', after: agent };
  return { kind: 'result', withheld, after: isRefused || isAllWithheld ? agent : agentAfter };
}
