import { type IntegrityLevel, parseIntegrityLevel, requireIntegrityLevel } from './integrity-level.ts';
import { parseNames, parseNamesOrText, parseReactions } from './name-list.ts';
import { PolicyError } from './policy-error.ts';
import { type Field, readFields } from './policy-fields.ts';
import { parseRepos, type Repos } from './repos.ts';
import { parseToolCallLimits, type ToolCallLimits } from './tool-call-limits.ts';

/** Which repositories an agent may see, and how much their authors must be vouched for. In normal form. */
export interface AllowOnlyPolicy extends Repos {
  readonly kind: 'allow-only';
  readonly minIntegrity: IntegrityLevel;
  readonly blockedUsers?: readonly string[];
  readonly trustedUsers?: readonly string[];
  readonly approvalLabels?: readonly string[];
  readonly refusalLabels?: readonly string[];
  readonly endorsementReactions?: readonly string[];
  readonly disapprovalReactions?: readonly string[];
  readonly disapprovalIntegrity?: IntegrityLevel;
  readonly endorserMinIntegrity?: IntegrityLevel;
  readonly promotionLabel?: string;
  readonly demotionLabel?: string;
  /** The only field that is for the gateway and not for the guard. */
  readonly toolCallLimits?: ToolCallLimits;
}

type FieldName = (typeof fieldNames)[number];

const fieldNames = [
  'repos',
  'min-integrity',
  'blocked-users',
  'trusted-users',
  'approval-labels',
  'refusal-labels',
  'endorsement-reactions',
  'disapproval-reactions',
  'disapproval-integrity',
  'endorser-min-integrity',
  'promotion-label',
  'demotion-label',
  'tool-call-limits',
] as const;

const spellings: ReadonlyMap<string, FieldName> = new Map<string, FieldName>([
  ...fieldNames.map((name) => [name, name] as const),
  ['integrity', 'min-integrity'],
]);

/**
 * Reads what stands under `allow-only` and puts it into normal form.
 *
 * @throws PolicyError
 */
export function parseAllowOnly(field: Field): AllowOnlyPolicy {
  const fields = readFields(field, spellings);
  return {
    kind: 'allow-only',
    ...parseRepos(fields('repos')),
    minIntegrity: requireIntegrityLevel(fields('min-integrity')),
    ...given('blockedUsers', parseNames(fields('blocked-users'))),
    ...given('trustedUsers', parseNames(fields('trusted-users'))),
    ...given('approvalLabels', parseNames(fields('approval-labels'))),
    ...given('refusalLabels', parseNamesOrText(fields('refusal-labels'))),
    ...given('endorsementReactions', parseReactions(fields('endorsement-reactions'))),
    ...given('disapprovalReactions', parseReactions(fields('disapproval-reactions'))),
    ...given('disapprovalIntegrity', parseIntegrityLevel(fields('disapproval-integrity'))),
    ...given('endorserMinIntegrity', parseIntegrityLevel(fields('endorser-min-integrity'))),
    ...given('promotionLabel', parseLabel(fields('promotion-label'))),
    ...given('demotionLabel', parseLabel(fields('demotion-label'))),
    ...given('toolCallLimits', parseToolCallLimits(fields('tool-call-limits'))),
  };
}

/** One property, or none when there is no value. */
function given<Key extends keyof AllowOnlyPolicy, Value>(
  key: Key,
  value: Value | undefined,
): { [key in Key]?: Value } {
  const property: { [key in Key]?: Value } = {};
  if (value !== undefined) property[key] = value;
  return property;
}

function parseLabel({ value, path }: Field): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new PolicyError('wrong-type', path, 'write the name of one label');
  return value.trim() === '' ? undefined : value.trim();
}
