// What a scripted guard of the vectors answers, read as far as tests of the gateway need it. The sidecar has the real
// parser, which its own vectors test; this one throws on what it does not know.

import type { Operation } from '../../../gateway/monitor/access.ts';
import type { Labels } from '../../../gateway/monitor/labels.ts';
import { type Mode, parseMode } from '../../../gateway/monitor/mode.ts';
import type { DescribedLabels, ResponseLabels } from '../../../gateway/response/response-labels.ts';

/** Labels as a guard spells them. */
export interface ScriptedLabels {
  readonly description?: string;
  readonly secrecy?: readonly string[];
  readonly integrity?: readonly string[];
}

/** The path form as a guard spells it. */
export interface ScriptedPaths {
  readonly labeled_paths: readonly { readonly path: string; readonly labels?: ScriptedLabels }[];
  readonly default_labels?: ScriptedLabels;
  readonly items_path?: string;
}

/** The answer to `label_agent`. */
export function scriptedAgent(output: string): { agent: Labels; mode: Mode } {
  const parsed = JSON.parse(output) as { agent?: ScriptedLabels; difc_mode: string };
  const { secrecy = [], integrity = [] } = parsed.agent ?? {};
  const mode = parseMode(parsed.difc_mode);
  if (mode === undefined) throw new Error('a scripted mode is unknown');
  const trimmed = (tags: readonly string[]) =>
    new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''));
  return { agent: { secrecy: trimmed(secrecy), integrity: trimmed(integrity) }, mode };
}

/** The answer to `label_resource`. */
export function scriptedResource(output: string): { resource: Labels; operation: Operation } {
  const parsed = JSON.parse(output) as { resource: ScriptedLabels; operation?: string };
  const operation = (['read', 'write'] as const).find((known) => known === parsed.operation);
  return { resource: described(parsed.resource), operation: operation ?? 'read-write' };
}

/** The answer to `label_response`. */
export function scriptedResponse(output: string): ResponseLabels {
  if (output === '') return { kind: 'none' };
  if (output.startsWith('[')) throw new Error('a scripted answer is no object');
  const parsed = JSON.parse(output) as { items?: { data?: unknown; labels?: ScriptedLabels }[] } | null;
  if (parsed !== null && 'labeled_paths' in parsed) return scriptedPaths(parsed as unknown as ScriptedPaths);
  if (!Array.isArray(parsed?.items) || parsed.items.length === 0) return { kind: 'none' };
  const entries = parsed.items.map(({ data, labels }) => ({
    data: data === undefined ? undefined : JSON.stringify(data),
    labels: labels && described(labels),
  }));
  return { kind: 'items', entries };
}

/** The path form. */
export function scriptedPaths(paths: ScriptedPaths): ResponseLabels {
  if (!Array.isArray(paths.labeled_paths)) throw new Error('scripted paths are no array');
  return {
    kind: 'paths',
    entries: paths.labeled_paths.map(({ path, labels }) => ({ path, labels: labels && described(labels) })),
    defaultLabels: paths.default_labels && described(paths.default_labels),
    itemsPath: paths.items_path,
  };
}

function described({ description = '', secrecy = [], integrity = [] }: ScriptedLabels): DescribedLabels {
  if ([...secrecy, ...integrity].some((tag) => typeof tag !== 'string')) throw new Error('a tag is no text');
  return { description, secrecy: new Set(secrecy), integrity: new Set(integrity) };
}
