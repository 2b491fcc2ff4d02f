// What results say of themselves since 2026-07-28.

import { rawMembers } from '../rpc/raw-json.ts';
import { withMembers } from '../rpc/raw-object.ts';
import { stringFrom } from '../rpc/rpc-message.ts';

/** The methods whose results say for how long, and for whom, they may be kept (SEP-2549). */
const cacheable: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);

/** Whether a result asks the client for something, and to send the request again with it (SEP-2322). */
export function isInputRequired(result: string): boolean {
  return stringFrom(rawMembers(result).get('resultType')) === 'input_required';
}

/**
 * A result with what this era asks of it and it does not say yet, as a legacy server's does not: that it is complete, and,
 * of lists and reads, that it is stale at once and for nobody else.
 */
export function toModernResult(method: string, result: string): string {
  const missing = new Map([['resultType', '"complete"']]);
  if (cacheable.has(method)) missing.set('ttlMs', '0').set('cacheScope', '"private"');
  for (const name of rawMembers(result).keys()) missing.delete(name);
  return missing.size === 0 ? result : withMembers(result, missing);
}

/** The result, to be kept for nobody else: what one agent may read, another may not. */
export function toPrivateResult(result: string): string {
  if (rawMembers(result).get('cacheScope') !== '"public"') return result;
  return withMembers(result, [['cacheScope', '"private"']]);
}
