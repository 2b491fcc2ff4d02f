// What an agent is told, all of it: three outcomes that are never mixed, and one sentence for each reason. Nothing here
// is the guard's or the backend's own words, save for tags that the agent itself carries.

import type { Rule } from './monitor/access.ts';

/**
 * Why policy said no. `ITEMS_WITHHELD`: strict mode, and the response holds something that may not be read; `TOOL_CHANGED`:
 * the tool's definition is not the one that the agent has seen first.
 */
export type DenialReason = Rule | 'AUDIENCE' | 'ITEMS_WITHHELD' | 'TOOL_CHANGED';

/** Why a call could not be judged, or not be made. */
export type FailureReason =
  | 'GUARD_UNAVAILABLE'
  | 'GUARD_TRAPPED'
  | 'GUARD_ERROR'
  | 'INVALID_OUTPUT'
  | 'DEADLINE_EXCEEDED'
  | 'BUDGET_EXCEEDED'
  | 'MEMORY_LIMIT'
  | 'QUEUE_FULL'
  | 'POLICY_REJECTED'
  | 'BACKEND_UNAVAILABLE'
  | 'BACKEND_ERROR'
  | 'RATE_LIMITED'
  | 'FILTER_FAILED'
  | 'PAYLOAD_FAILED'
  | 'AUDIT_UNAVAILABLE'
  | 'CANCELLED'
  | 'INTERNAL';

/** What becomes of a tool call. */
export type Outcome =
  | {
      readonly kind: 'result';
      /** The tool result: JSON. */
      readonly text: string;
      /** Whether it is another than the backend's. */
      readonly isChanged: boolean;
    }
  | {
      readonly kind: 'denied';
      readonly reason: DenialReason;
      /** The tags that stand in the way. They are named only where they are the agent's own. */
      readonly tags?: readonly string[];
    }
  | {
      readonly kind: 'failed';
      readonly reason: FailureReason;
      /** Whether the tool was called before it failed, so that it may have done its work. */
      readonly wasCalled?: boolean;
    };

/** Where an outcome that is no result says so to programs: in `_meta`, or in the `data` of an error. */
export const outcomeKeys = { outcome: 'sluice.dev/outcome', reason: 'sluice.dev/reason' } as const;

/** How many items were withheld. */
export interface Withheld {
  readonly count: number;
  /** Those that were too secret, for the agent or for where they would be written. */
  readonly secrecy: number;
  /** Those that were not trusted enough. */
  readonly integrity: number;
}

/** What a filtered result says about itself, as pieces of JSON. */
export interface Notice {
  /** An item for `content`. */
  readonly contentItem: string;
  /** A member for `_meta`. */
  readonly metaMember: string;
}

const DENIALS: Record<DenialReason, string> = {
  READ_SECRECY: 'Denied: this is more secret than what you may read; use other sources, or tell the user.',
  READ_INTEGRITY:
    'Denied: this is less trusted than what you may read; use trusted sources, or tell the user.',
  WRITE_SECRECY:
    'Denied: you carry information that may not go where this tool writes, so nothing was sent; tell the user.',
  WRITE_INTEGRITY:
    'Denied: this tool writes where only trusted input may go, and yours is not, so nothing was sent; tell the user.',
  AUDIENCE:
    'Denied: you carry information that may not be sent to this server at all, so nothing was sent; tell the user.',
  ITEMS_WITHHELD:
    'Denied: the response holds something that you may not read, and strict mode then denies all of it; ask for less.',
  TOOL_CHANGED:
    'Denied: this tool is not defined as it was when you first saw it, so it was not called; use others, or tell the user.',
};

/** The reasons whose tags are the agent's own: naming them tells it nothing new. */
const NAMES_TAGS: ReadonlySet<DenialReason> = new Set(['READ_INTEGRITY', 'WRITE_SECRECY', 'AUDIENCE']);

const FAILURES: Record<FailureReason, string> = {
  GUARD_UNAVAILABLE: 'the guard of this server is not available; try again later, or tell the user.',
  GUARD_TRAPPED: 'the guard of this server crashed on this call; try another call, or tell the user.',
  GUARD_ERROR: 'the guard of this server cannot label this call; try another call, or tell the user.',
  INVALID_OUTPUT: 'the guard of this server gave labels that make no sense; tell the user.',
  DEADLINE_EXCEEDED: 'time ran out; try again later, or ask for less.',
  BUDGET_EXCEEDED: 'the guard of this server used up its computing time; ask for less.',
  MEMORY_LIMIT: 'the guard of this server used up its memory; ask for less.',
  QUEUE_FULL: 'too many calls wait for the guard of this server; try again later.',
  POLICY_REJECTED: 'the guard of this server does not accept its policy; tell the user.',
  BACKEND_UNAVAILABLE: 'this server cannot be reached; try again later, or tell the user.',
  BACKEND_ERROR: 'this server did not answer as it should; check the arguments, or tell the user.',
  RATE_LIMITED:
    'this server said that it is called too often, so it was not called; wait a minute before you try again.',
  FILTER_FAILED: 'the filter for the results of this tool failed; try another call, or tell the user.',
  PAYLOAD_FAILED:
    'the result is too large, and could not be written to a file; ask for less, or tell the user.',
  AUDIT_UNAVAILABLE:
    'what becomes of calls cannot be written down now, so none is answered; try again later, or tell the user.',
  CANCELLED: 'the call was cancelled.',
  INTERNAL: 'an internal error of the gateway; tell the user.',
};

const FAILED = 'Failed, so nothing is returned:';
const WAS_CALLED = 'The tool had been called and may have done its work, so check before you call it again.';
const ACKNOWLEDGED =
  'The tool was called and has answered, but its answer may not be shown to you; do not call it again for that.';

const MAX_NAMED_TAGS = 10;
const MAX_NAMED_TAG_CHARACTERS = 100;
/** Control, format, private and line characters: in a tag they could pretend to be more than a part of it. */
const UNPRINTABLE = /[\p{C}\p{Z}]+/gu;

/** Renders an outcome as the MCP tool result that a client gets: JSON. */
export function renderOutcome(outcome: Outcome): string {
  return outcome.kind === 'result' ? outcome.text : renderError(outcome, outcomeSentence(outcome));
}

/** What an agent is told that gets no result. */
export function outcomeSentence(outcome: Exclude<Outcome, { kind: 'result' }>): string {
  if (outcome.kind === 'denied') return [DENIALS[outcome.reason], ...namedTags(outcome)].join(' ');
  return [FAILED, FAILURES[outcome.reason], ...(outcome.wasCalled ? [WAS_CALLED] : [])].join(' ');
}

/**
 * The tool result that stands for a response that may not be read after the tool did its work. It is the same whatever
 * the response was, save for the counts of what was withheld, where they are given.
 */
export function renderAcknowledgement(withheld?: Withheld): string {
  return JSON.stringify({
    content: [textItem(ACKNOWLEDGED)],
    ...(withheld && { _meta: { 'sluice.dev/withheld': withheld } }),
  });
}

/** The tool result that stands for a list of which nothing is left. */
export function renderEmptyResult(notice: Notice | undefined): string {
  return notice ? `{"content":[${notice.contentItem}],"_meta":{${notice.metaMember}}}` : '{"content":[]}';
}

/** The notice of a filtered result. */
export function renderNotice(withheld: Withheld): Notice {
  return {
    contentItem: JSON.stringify(textItem(noticeSentence(withheld))),
    metaMember: `"sluice.dev/withheld":${JSON.stringify(withheld)}`,
  };
}

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(DENIALS),
  ...Object.entries(FAILURES).map(([reason, words]) => [reason, `${FAILED} ${words}`] as const),
]);

/** What an agent is told for each reason, without the tags that may follow. */
export function reasonSentences(): ReadonlyMap<string, string> {
  return SENTENCES;
}

function renderError(outcome: { kind: 'denied' | 'failed'; reason: string }, sentence: string) {
  return JSON.stringify({
    content: [textItem(sentence)],
    isError: true,
    _meta: { [outcomeKeys.outcome]: outcome.kind, [outcomeKeys.reason]: outcome.reason },
  });
}

function namedTags({ reason, tags = [] }: Extract<Outcome, { kind: 'denied' }>): readonly string[] {
  if (!NAMES_TAGS.has(reason) || tags.length === 0) return [];
  const named = tags.slice(0, MAX_NAMED_TAGS).map((tag) => JSON.stringify(printable(tag)));
  const others = tags.length - named.length;
  return [`Tags: ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}.`];
}

/** Of untrusted text what can do no harm where it is read: cut, and on one line. */
export function printable(text: string, maxCharacters = MAX_NAMED_TAG_CHARACTERS): string {
  return text.slice(0, maxCharacters).replace(UNPRINTABLE, ' ');
}

function noticeSentence({ count, secrecy, integrity }: Withheld): string {
  const items = `[Sluice] ${count} ${count === 1 ? 'item was' : 'items were'} withheld`;
  if (count === secrecy) return `${items} by the secrecy policy.`;
  if (count === integrity) return `${items} by the integrity policy.`;
  const other = count - secrecy - integrity;
  const unfilterable =
    other === 0 ? '' : `, ${other} because a second form of the response cannot be filtered`;
  return `${items} by the access policy: ${secrecy} by secrecy, ${integrity} by integrity${unfilterable}.`;
}

function textItem(text: string) {
  return { type: 'text', text };
}
