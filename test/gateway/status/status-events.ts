/** Events as the gateway tells them. */
import type { DecisionEvent, PrivilegeEvent } from '../../../gateway/audit/audit-event.ts';
import { noLabels } from '../../../gateway/guard/built-in-guards.ts';
import type { Labels } from '../../../gateway/monitor/labels.ts';

/** Labels from words. */
export function labels(secrecy: readonly string[] = [], integrity: readonly string[] = []): Labels {
  return { secrecy: new Set(secrecy), integrity: new Set(integrity) };
}

/** A tool call of alice's that was answered and changed nothing, but for what is given. */
export function decision(given: Partial<DecisionEvent> = {}): DecisionEvent {
  const before = given.before ?? noLabels;
  return {
    kind: 'decision',
    principal: 'alice',
    run: '1',
    server: 'files',
    tool: 'read',
    outcome: 'result',
    before,
    after: before,
    guard: { name: 'rules', digest: undefined },
    ...given,
  };
}

/** A privilege of alice's that was used. */
export function privilege(before: Labels, after: Labels): PrivilegeEvent {
  const about = { principal: 'alice', run: '1', server: 'desk', tool: 'approve' };
  return { kind: 'declassified', rule: 'release', ...about, before, after };
}
