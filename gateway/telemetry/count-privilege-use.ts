import type { PrivilegeUse } from '../privilege/privileges.ts';
import { attribute } from './attributes.ts';
import { count } from './instruments.ts';

/** Counts one use of a privilege. */
export function countPrivilegeUse({ privilege, server }: PrivilegeUse): void {
  count('privilegeUses', 1, { [attribute.privilege]: privilege, [attribute.server]: server });
}
