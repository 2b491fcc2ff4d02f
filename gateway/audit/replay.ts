// What would have become of a decision under other rules? As pure as the monitor that it asks.

import { brokenReadRule, decide, type ResourceAccess, stopsCall } from '../monitor/access.ts';
import { outsideAudience } from '../monitor/audience.ts';
import { filter } from '../monitor/filter.ts';
import type { Labels } from '../monitor/labels.ts';
import { floorMode, type Mode, modeForWholes } from '../monitor/mode.ts';
import type { DenialReason } from '../outcome.ts';
import { LISTING } from '../response/judge-response.ts';
import type { AuditedResponse } from './audit-event.ts';
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

interface JudgedResponse {
  readonly tool: string;
  readonly response: AuditedResponse & { readonly items: NonNullable<AuditedResponse['items']> };
  readonly isIndivisible: boolean;
}

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
  const { items } = response;
  const { tool } = decision;
  const { isIndivisible } = access;
  return items && judged(asked, { tool, response: { ...response, items }, isIndivisible });
}

/** As judge-response does it, without the words of the response. */
function judged(access: ResourceAccess, { tool, response, isIndivisible }: JudgedResponse): Replayed {
  const { agent, operation, resource, mode } = access;
  const { form, items } = response;
  const { fates, isRefused, agentAfter } = filter(
    access,
    items.map(({ labels }) => labels),
  );
  const counts = items.map(({ count }, index) => (fates[index] === undefined ? 0 : count));
  const withheld = sum(counts);
  const areSiblingsCut = form === 'items' && brokenReadRule(access, resource) !== undefined;
  if (withheld === 0 && !areSiblingsCut) return { kind: 'result', withheld, after: agentAfter };
  const total = sum(items.map(({ count }) => count));
  const only = total === 1 && (form === 'resource' || !LISTING.test(tool)) ? fates[0] : undefined;
  const isStrict = isRefused || (areSiblingsCut && mode === 'strict');
  const reason = isStrict ? 'ITEMS_WITHHELD' : only;
  // A tool that also writes has done its work: its answer is withheld, and that is not called a denial.
  if (reason !== undefined && (operation === 'read' || isIndivisible))
    return { kind: 'denied', reason: operation === 'read' ? reason : 'ITEMS_WITHHELD', after: agent };
  // What was withheld altogether then, since its two forms could not be filtered alike, cannot be now.
  const isUnfilterable = reason === undefined && form === 'items' && response.withheld === total;
  const after = reason !== undefined || isUnfilterable ? agent : agentAfter;
  return { kind: 'result', withheld: isUnfilterable ? total : withheld, after };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
