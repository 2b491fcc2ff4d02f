import type { ToolDefinition } from './backend/tool-definition.ts';
import { parseLossless } from './lossless-json.ts';

/**
 * A result that was changed here, so that clients take it: a tool with an output schema promises structured content, and
 * clients refuse a result without it, unless it says that it is an error. `result` is a tool result as JSON text.
 */
export function acceptedResult(result: string, tool: ToolDefinition | undefined): string {
  if (tool?.hasOutputSchema !== true) return result;
  const parsed = parseLossless(result);
  if (typeof parsed !== 'object' || parsed === null || 'structuredContent' in parsed) return result;
  return JSON.stringify({ ...parsed, isError: true });
}
