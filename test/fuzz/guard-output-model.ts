/**
 * What the guard ABI says of an output ("What the exports say"), written once more on top of `JSON.parse`, as simply as
 * can be: what the sidecar's own readers are held against. A Refusal is thrown where an output is refused.
 */
import { Mode, Operation } from '../../proto/gen/sluice/labeler/v1/labeler.ts';
import type { GuardErrorCode } from '../../sidecar/guard-error.ts';
import type { LabelExport } from '../../sidecar/guest/protocol.ts';
import {
  maxJsonDepth,
  maxLabeledEntries,
  maxTagBytes,
  maxTagsPerLabel,
  maxTagsPerOutput,
} from '../../sidecar/limits.ts';
import { jsonShape } from './json-shape.ts';

/** The output is refused, with this code. */
export class Refusal extends Error {
  readonly code: GuardErrorCode;

  constructor(code: GuardErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What the sidecar must make of JSON that an export wrote; what a guard echoes is given as values. */
export function expectedOutput(name: LabelExport, json: string): unknown {
  const value: unknown = JSON.parse(json);
  const members = asObject(value);
  if (members === undefined && !(name === 'label_response' && value === null)) refuse('no object');
  // The limit holds for the value of each member.
  if (jsonShape(json).depth > maxJsonDepth + 1) refuse('too deep');
  if (members === undefined) return { form: undefined };
  if (name === 'label_agent') return expectedAgent(members);
  return name === 'label_resource' ? expectedResource(members) : expectedResponse(members);
}

function expectedAgent(members: Members): unknown {
  const error = members.get('error');
  const isSaid = typeof error === 'string' && !/^[\p{Cc}\p{Cf}\p{Z}]*$/u.test(error);
  if (isSaid || members.get('success') === false || members.get('ok') === false)
    throw new Refusal('POLICY_REJECTED', 'a refused policy');
  const agent = labels(members.get('agent') ?? {}, { trims: true, isStrict: false });
  return {
    agent: { ...agent, description: '' },
    mode: expectedMode(members.get('difc_mode')),
    normalizedPolicy: expectedPolicy(members.get('normalized_policy') ?? undefined),
  };
}

function expectedMode(mode: unknown): Mode {
  const modes = new Map<unknown, Mode>([
    ['strict', Mode.MODE_STRICT],
    ['filter', Mode.MODE_FILTER],
    ['propagate', Mode.MODE_PROPAGATE],
  ]);
  return modes.get(typeof mode === 'string' ? mode.toLowerCase() : mode) ?? refuse('no mode');
}

function expectedPolicy(policy: unknown): unknown {
  if (policy === undefined) return undefined;
  const members = asObject(policy) ?? refuse('a policy that is no object');
  const scope = members.get('scope_kind');
  if (typeof scope === 'string') members.set('scope_kind', scope.toLowerCase());
  return Object.fromEntries(members);
}

function expectedResource(members: Members): unknown {
  const operations = new Map<unknown, Operation>([
    ['read', Operation.OPERATION_READ],
    ['write', Operation.OPERATION_WRITE],
  ]);
  return {
    resource: labels(members.get('resource'), { trims: false, isStrict: false }),
    operation: operations.get(members.get('operation')) ?? Operation.OPERATION_READ_WRITE,
  };
}

function expectedResponse(members: Members): unknown {
  if (members.has('labeled_paths')) return { form: { $case: 'paths', value: expectedPaths(members) } };
  const items = members.get('items');
  if (!Array.isArray(items) || items.length === 0) return { form: undefined };
  const entries = expectCount(items).flatMap((item) => {
    const entry = asObject(item);
    if (entry === undefined) return [];
    const isLabelled = asObject(entry.get('labels')) !== undefined;
    const label = isLabelled ? labels(entry.get('labels'), { trims: false, isStrict: false }) : undefined;
    return [entry.has('data') ? { labels: label, data: entry.get('data') } : { labels: label }];
  });
  countTags(entries.map((entry) => entry.labels));
  return { form: { $case: 'items', value: { entries } } };
}

function expectedPaths(members: Members): unknown {
  const strict = { trims: false, isStrict: true };
  const optional = (value: unknown) => ((value ?? null) === null ? undefined : labels(value, strict));
  const list = members.get('labeled_paths') ?? [];
  const entries = expectCount(Array.isArray(list) ? list : refuse('paths that are no array')).map((item) => {
    const entry = asObject(item) ?? refuse('an entry that is no object');
    return { path: pointer(entry.get('path')), labels: optional(entry.get('labels')) };
  });
  const defaultLabels = optional(members.get('default_labels'));
  countTags([defaultLabels, ...entries.map((entry) => entry.labels)]);
  const itemsPath = members.get('items_path') ?? undefined;
  return { entries, defaultLabels, itemsPath: itemsPath === undefined ? undefined : pointer(itemsPath) };
}

interface PlainLabels {
  readonly description: string;
  readonly secrecy: readonly string[];
  readonly integrity: readonly string[];
}

function labels(value: unknown, rules: { trims: boolean; isStrict: boolean }): PlainLabels {
  const members = asObject(value) ?? refuse('labels that are no object');
  const description = members.get('description') ?? '';
  if (typeof description !== 'string' && rules.isStrict) refuse('an odd description');
  return {
    description: typeof description === 'string' ? description.toWellFormed() : '',
    secrecy: tags(members.get('secrecy') ?? [], rules.trims),
    integrity: tags(members.get('integrity') ?? [], rules.trims),
  };
}

function tags(list: unknown, trims: boolean): string[] {
  if (!Array.isArray(list) || list.length > maxTagsPerLabel) refuse('an odd list');
  const kept = list.flatMap((each: unknown) => {
    const tag = typeof each === 'string' ? each : refuse('a tag that is no text');
    if (!trims) return [tag];
    return tag.trim() === '' ? [] : [tag.trim()];
  });
  if (kept.some((tag) => Buffer.byteLength(tag) > maxTagBytes || !tag.isWellFormed() || /\p{Cc}/u.test(tag)))
    refuse('an odd tag');
  return [...new Set(kept)].sort();
}

function pointer(value: unknown): string {
  return typeof value === 'string' && value.isWellFormed() ? value : refuse('an odd path');
}

function expectCount(entries: unknown[]): unknown[] {
  return entries.length > maxLabeledEntries ? refuse('too many entries') : entries;
}

function countTags(all: readonly (PlainLabels | undefined)[]): void {
  const count = all.reduce(
    (sum, each) => sum + (each?.secrecy.length ?? 0) + (each?.integrity.length ?? 0),
    0,
  );
  if (count > maxTagsPerOutput) refuse('too many tags');
}

type Members = Map<string, unknown>;

function asObject(value: unknown): Members | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value));
}

function refuse(message: string): never {
  throw new Refusal('INVALID_OUTPUT', message);
}
