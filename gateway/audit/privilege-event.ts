import type { PrivilegeUse } from '../privilege/privileges.ts';
import type { PrivilegeEvent } from './audit-event.ts';

/** What the trail says of a privilege that was used. One that does both is told as the one that lets secrets out. */
export function privilegeEvent(use: PrivilegeUse): PrivilegeEvent {
  const { principal, run, server, tool, before, after } = use;
  const kind = use.dropped.length > 0 ? 'declassified' : 'endorsed';
  return { kind, rule: use.privilege, principal, run, server, tool, before, after };
}
