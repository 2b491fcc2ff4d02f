// Time goes to the right, and each event has a place of its own there, however close to the next one it came: by the
// clock, a hundred calls of one minute would be one blot in a session of six hours. What changed nothing and came in a row
// shares a place.

/** @import { Cause } from '../label-lanes.ts' */
/** @import { Mark } from '../mark.ts' */
/** @import { Flow } from '../snapshot.ts' */
/** @import { MarkKind } from './words.js' */
import { kindOf } from './words.js';

/** @typedef {{ readonly kind: MarkKind, readonly marks: Mark[] }} Column */

/** As many places as a picture can be scrolled through; what came before is counted. */
export const maxColumns = 120;

/** The places of a picture, and how many events came before them. @param {Pick<Flow, 'marks' | 'forgotten'>} flow */
export function columnsOf({ marks, forgotten }) {
  /** @type {Column[]} */
  const columns = [];
  for (const mark of marks) {
    const last = columns.at(-1);
    if (last !== undefined && goTogether(last, mark)) last.marks.push(mark);
    else columns.push({ kind: kindOf(mark), marks: [mark] });
  }
  const shown = columns.slice(-maxColumns);
  const counted = shown.reduce((sum, column) => sum + column.marks.length, 0);
  return { columns: shown, earlier: forgotten + marks.length - counted };
}

/** @param {Column} column @param {Mark} mark */
function goTogether({ kind, marks: [first] }, mark) {
  if (first === undefined || kind !== kindOf(mark)) return false;
  if (kind === 'tainted' || kind === 'privilege') return false;
  if (kind === 'read' || kind === 'write' || kind === 'read-write' || kind === 'call') return true;
  const same = first.server === mark.server && first.reason === mark.reason && first.bound === mark.bound;
  return same && JSON.stringify(first.inTheWay) === JSON.stringify(mark.inTheWay);
}

/** Where something began or ended: 0 is the left edge, 1 the middle of the first place, and so on. @param {readonly Column[]} columns @param {Cause} cause */
export function placeOf(columns, cause) {
  if (cause.kind === 'grant') return 0;
  const at = columns.findIndex(({ marks }) => marks.some(({ number }) => number === cause.mark));
  if (at >= 0) return at + 1;
  if (cause.kind === 'mark') return 0;
  const later = columns.findIndex(({ marks }) => (marks[0]?.timeMs ?? 0) > cause.timeMs);
  return (later < 0 ? columns.length : later) + 0.5;
}
