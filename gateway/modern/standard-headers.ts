// The headers that repeat what a request says (SEP-2243), so that nobody in between has to read it.

import { rawMembers } from '../rpc/raw-json.ts';
import { stringFrom } from '../rpc/rpc-message.ts';
import { encodeHeaderValue } from './header-value.ts';

/** What `Mcp-Name` repeats of the params, by method. */
const namedBy: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

/** The same of the tasks extension (SEP-2663), whose requests servers may route by it. */
const taskMethods: ReadonlySet<string> = new Set(['tasks/get', 'tasks/update', 'tasks/cancel']);

/** What `Mcp-Name` has to say of a request: whose name it is, and the name where the params have one. */
export interface MeantName {
  /** Whether servers have to refuse a request without the header. */
  readonly isRequired: boolean;
  readonly name: string | undefined;
}

/** What `Mcp-Name` says of a request; nothing where the method has no name. */
export function meantName(method: string, params = '{}'): MeantName | undefined {
  const isTask = taskMethods.has(method);
  const member = isTask ? 'taskId' : namedBy.get(method);
  if (member === undefined) return undefined;
  return { isRequired: !isTask, name: stringFrom(rawMembers(params).get(member)) };
}

/** The headers of a request, made from what it says. */
export function standardHeaders(
  version: string,
  { method, params }: { readonly method: string; readonly params?: string | undefined },
): Record<string, string> {
  const name = meantName(method, params)?.name;
  return {
    'mcp-protocol-version': version,
    'mcp-method': method,
    ...(name !== undefined && { 'mcp-name': encodeHeaderValue(name) }),
  };
}
