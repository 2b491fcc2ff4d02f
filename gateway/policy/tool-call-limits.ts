import { isJsonObject, type JsonValue } from './json-value.ts';
import { PolicyError } from './policy-error.ts';
import type { Field } from './policy-fields.ts';

/** How many calls of a tool one session may make, by tool. The names are the operator's: ask with `Object.hasOwn`. */
export type ToolCallLimits = Readonly<Record<string, number>>;

/**
 * Reads `tool-call-limits`. Nothing in it: not given.
 *
 * @throws PolicyError wrong-type, negative-limit, empty-entry, or duplicate-field for two spellings of one tool
 */
export function parseToolCallLimits({ value, path }: Field): ToolCallLimits | undefined {
  if (value === undefined) return undefined;
  if (!isJsonObject(value))
    throw new PolicyError('wrong-type', path, 'write an object of tool names and numbers');
  const limits = new Map<string, number>();
  for (const [key, entry] of Object.entries(value)) {
    const tool = key.trim();
    if (tool === '') throw new PolicyError('empty-entry', path, 'a tool name must not be blank');
    if (limits.has(tool))
      throw new PolicyError('duplicate-field', `${path}.${tool}`, 'write each tool only once');
    limits.set(tool, parseLimit(entry, `${path}.${tool}`));
  }
  return limits.size === 0 ? undefined : Object.fromEntries(limits);
}

function parseLimit(value: JsonValue, path: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new PolicyError('wrong-type', path, 'write a whole number of calls');
  }
  if (value < 0) throw new PolicyError('negative-limit', path, 'write 0 or more');
  return value;
}
