// What is said of an event. Whatever comes from agents, servers and guards is shown as text, with nothing hidden in it.

/** @import { Cause } from '../label-lanes.ts' */
/** @import { Mark, TagList } from '../mark.ts' */
/** @import { ReasonWords } from '../snapshot.ts' */

/** @typedef {'read' | 'write' | 'read-write' | 'call' | 'tainted' | 'withheld' | 'denied' | 'failed' | 'privilege' | 'overruled'} MarkKind */

/** What each kind of event is called. @type {Readonly<Record<MarkKind, string>>} */
export const kindNames = {
  read: 'read',
  write: 'write',
  'read-write': 'read and write',
  call: 'call',
  tainted: 'changed its labels',
  withheld: 'items withheld',
  denied: 'denied',
  failed: 'failed',
  privilege: 'privilege used',
  overruled: 'guard overruled',
};

/** The one thing about an event that matters most. @param {Mark} mark @returns {MarkKind} */
export function kindOf(mark) {
  if (mark.kind === 'overruled') return 'overruled';
  if (mark.kind !== 'decision') return 'privilege';
  if (mark.outcome === 'denied') return 'denied';
  if (mark.outcome !== 'result') return 'failed';
  if (mark.change !== undefined) return 'tainted';
  if ((mark.withheld ?? 0) > 0) return 'withheld';
  const operation = mark.operation;
  return operation === 'read' || operation === 'write' || operation === 'read-write' ? operation : 'call';
}

/** Characters that cannot be seen, or turn others around, as their numbers. @param {string} text */
export function visible(text) {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`);
}

/** @param {TagList} list */
export function tagWords({ tags, more }) {
  const shown = tags.map((tag) => `“${visible(tag)}”`).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** One sentence. @param {Mark} mark @param {Readonly<Record<string, ReasonWords>>} words */
export function sentenceOf(mark, words) {
  const call = `${visible(mark.server)}: ${visible(mark.tool)}`;
  return `${timeOf(mark.timeMs)} ${call}, ${[outcomeWords(mark), ...changeWords(mark)].join('; ')}.${reasonWords(mark, words)}`;
}

/** What became of it, in a few words. @param {Mark} mark */
export function outcomeWords(mark) {
  if (mark.kind === 'overruled') return `the guard was held to its bounds (${mark.bound})`;
  if (mark.kind !== 'decision') return `the privilege “${visible(mark.rule ?? '')}” was used`;
  const how = mark.reason === undefined ? '' : ` ${mark.reason}`;
  if (mark.outcome === 'denied') return `denied${how}`;
  if (mark.outcome === 'error') return `protocol error${how}`;
  if (mark.outcome === 'failed') return `failed${how}${mark.wasCalled ? ', after the tool was called' : ''}`;
  const withheld = mark.withheld ?? 0;
  return `${mark.operation ?? 'call'} allowed${withheld > 0 ? `, ${counted(withheld, 'item')} withheld` : ''}`;
}

/** What the agent became by it. @param {Mark} mark */
export function changeWords({ change }) {
  if (change === undefined) return [];
  /** @type {readonly [string, TagList][]} */
  const parts = [
    ['became secret by', change.secrecyGained],
    ['lost the integrity', change.integrityLost],
    ['dropped the secrecy', change.secrecyDropped],
    ['gained the integrity', change.integrityGained],
  ];
  return parts.filter(([, list]) => list.tags.length > 0).map(([what, list]) => `${what} ${tagWords(list)}`);
}

/** @param {Mark} mark @param {Readonly<Record<string, ReasonWords>>} words */
function reasonWords({ reason, inTheWay }, words) {
  const known = reason === undefined ? undefined : words[reason];
  const said = known === undefined ? '' : ` ${known.sentence}`;
  return inTheWay === undefined ? said : `${said} In the way: ${tagWords(inTheWay)}.`;
}

/** How a tag came or went. @param {Cause} cause */
export function causeWords(cause) {
  if (cause.kind === 'grant') return 'granted by a guard when the session began';
  if (cause.kind === 'elsewhere')
    return 'no call that has ended explains it (one that is under way, or a privilege that ran out)';
  const by = `${visible(cause.server ?? '')}: ${visible(cause.tool ?? '')} at ${timeOf(cause.timeMs)}`;
  return cause.rule === undefined ? `by ${by}` : `by the privilege “${visible(cause.rule)}” after ${by}`;
}

/** @param {number} count @param {string} thing one of them */
export function counted(count, thing) {
  return count === 1 ? `1 ${thing}` : `${count} ${thing}s`;
}

/** @param {number} timeMs */
export function timeOf(timeMs) {
  return new Date(timeMs).toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
}

/** @param {{ principal: string, run: string }} agent */
export function agentName({ principal, run }) {
  return run === '' ? visible(principal) : `${visible(principal)} / ${visible(run)}`;
}
