import { rawMembers } from '../rpc/raw-json.ts';
import { stringOf } from './json-string.ts';
import type { ServerWelcome } from './server-set.ts';

/** Nothing where it is no answer to `initialize`, nor to `server/discover`. */
export function readWelcome(result: string): ServerWelcome | undefined {
  try {
    const members = rawMembers(result);
    const capabilities = rawMembers(members.get('capabilities') ?? '{}');
    return { capabilities, instructions: stringOf(members.get('instructions')) };
  } catch {
    return undefined;
  }
}
