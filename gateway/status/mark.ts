import type { AuditEvent, DecisionEvent } from '../audit/audit-event.ts';
import { type Change, changeOf } from './label-change.ts';
import { maxNameCharacters, maxTagCharacters, maxTags } from './status-limits.ts';

/** Some tags, sorted, and how many more there are. */
export interface TagList {
  readonly tags: readonly string[];
  readonly more: number;
}

/** One event on the status page: what an audit trail holds, within bounds, and without the labels that did not change. */
export interface Mark {
  /** Grows over all events of the gateway. */
  readonly number: number;
  /** Since the epoch. */
  readonly timeMs: number;
  readonly kind: Exclude<AuditEvent['kind'], 'session-begun' | 'session-ended'>;
  readonly principal: string;
  readonly run: string;
  readonly server: string;
  /** The tool, or the method. */
  readonly tool: string;
  readonly guard?: string;
  readonly digest?: string;
  readonly outcome?: DecisionEvent['outcome'];
  /** Of what was denied, failed, or a protocol error. */
  readonly reason?: string;
  readonly wasCalled?: boolean;
  readonly operation?: string;
  readonly mode?: string;
  /** How many items were withheld. */
  readonly withheld?: number;
  /** The tags that stood in the way. */
  readonly inTheWay?: TagList;
  /** What the agent became by it. */
  readonly change?: Change<TagList>;
  /** The name of the privilege that was used. */
  readonly rule?: string;
  /** The bound that a guard was held to. */
  readonly bound?: string;
  /** The trace id of the request. */
  readonly trace?: string;
}

/** What is shown of an event; nothing for the beginnings and ends of agent sessions. */
export function markOf(event: AuditEvent, number: number): Mark | undefined {
  if (!('server' in event)) return undefined;
  const { kind, principal, run, server, tool = '' } = event;
  const about = {
    number,
    timeMs: Date.now(),
    kind,
    principal,
    run,
    server,
    tool: own(tool, maxNameCharacters),
  };
  switch (event.kind) {
    case 'decision':
      return { ...about, ...decisionFields(event) };
    case 'overruled':
      return { ...about, ...guardFields(event.guard), bound: event.bound };
    default:
      return { ...about, ...changeField(event), rule: event.rule };
  }
}

function decisionFields(event: DecisionEvent): Partial<Mark> {
  const { outcome, reason, wasCalled, access, response, inTheWay = [], trace } = event;
  return {
    outcome,
    ...(reason !== undefined && { reason }),
    ...(wasCalled === true && { wasCalled }),
    ...(access !== undefined && { operation: access.operation, mode: access.mode }),
    ...(response !== undefined && response.withheld > 0 && { withheld: response.withheld }),
    ...(inTheWay.length > 0 && { inTheWay: tagList(inTheWay) }),
    ...changeField(event),
    ...guardFields(event.guard),
    ...(trace !== undefined && { trace: own(trace, maxNameCharacters) }),
  };
}

function guardFields({ name, digest }: DecisionEvent['guard']): Partial<Mark> {
  return { guard: name, ...(digest !== undefined && { digest }) };
}

function changeField({ before, after }: Pick<DecisionEvent, 'before' | 'after'>): Partial<Mark> {
  const change = changeOf(before, after);
  if (change === undefined) return {};
  const { secrecyGained, secrecyDropped, integrityGained, integrityLost } = change;
  return {
    change: {
      secrecyGained: tagList(secrecyGained),
      secrecyDropped: tagList(secrecyDropped),
      integrityGained: tagList(integrityGained),
      integrityLost: tagList(integrityLost),
    },
  };
}

/** The first tags in the order of their code units, cut to what a line shows. */
export function tagList(tags: Iterable<string>): TagList {
  const sorted = [...tags].sort();
  return {
    tags: sorted.slice(0, maxTags).map(ownTag),
    more: Math.max(0, sorted.length - maxTags),
  };
}

/** A tag as it is kept and shown. */
export function ownTag(tag: string): string {
  return own(tag, maxTagCharacters);
}

/** V8 copies what is shorter, and keeps the whole text behind a slice that is not. */
const maxCopiedCharacters = 12;

/** A text within bounds, and of its own: one that was cut out of a request would keep the request in memory. */
function own(text: string, maxCharacters: number): string {
  if (text.length <= maxCopiedCharacters) return text;
  const cut = Buffer.from(text.slice(0, maxCharacters), 'utf16le').toString('utf16le');
  return text.length > maxCharacters ? `${cut}…` : cut;
}
