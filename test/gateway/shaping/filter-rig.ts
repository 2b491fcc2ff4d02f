import type { JqWorker } from '../../../gateway/shaping/jq-worker.ts';
import { ResponseFilters } from '../../../gateway/shaping/response-filters.ts';

/** Nobody cancels. */
export const never = new AbortController().signal;

/** What a filter makes of a result. */
export function filtered(jq: JqWorker, program: string, result: object, isChanged = false): Promise<string> {
  const text = JSON.stringify(result);
  return new ResponseFilters({ get: program }, jq).apply('get', { text, isChanged }, never);
}

/** A tool result with one text. */
export function textResult(text: string, others: object = {}): object {
  return { content: [{ type: 'text', text }], ...others };
}
