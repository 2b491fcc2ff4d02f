// The picture: events in a row at the top, below it a lane for each tag, from where it came to where it went.

/** @import { Lane } from '../label-lanes.ts' */
/** @import { Mark } from '../mark.ts' */
/** @import { Flow } from '../snapshot.ts' */
/** @import { Column } from './flow-columns.js' */
import { shape, sign } from './elements.js';
import { placeOf } from './flow-columns.js';
import { kindNames, timeOf } from './words.js';

/** @typedef {{ readonly tag: string, readonly kind: Lane['kind'], readonly pieces: readonly Lane[] }} Row */

/** All lengths are in CSS pixels. */
export const rowHeight = 30;
export const headHeight = 72;
const signY = 46;
const smallestStep = 30;
const largestStep = 84;
const edge = 26;

/** One row for each tag, those of secrecy first, in the order in which they came. @param {readonly Lane[]} lanes @returns {Row[]} */
export function rowsOf(lanes) {
  const byTag = Map.groupBy(lanes, ({ kind, tag }) => JSON.stringify([kind, tag]));
  const rows = [...byTag.values()].flatMap((pieces) =>
    pieces[0] === undefined ? [] : [{ tag: pieces[0].tag, kind: pieces[0].kind, pieces }],
  );
  return [
    ...rows.filter(({ kind }) => kind === 'secrecy'),
    ...rows.filter(({ kind }) => kind === 'integrity'),
  ];
}

/**
 * @typedef {object} Drawing
 * @property {Flow} flow
 * @property {readonly Column[]} columns
 * @property {readonly Row[]} rows
 * @property {number} width what there is room for
 * @property {(column: Column) => string} describe
 */

/** The picture, as wide as it has to be. @param {Drawing} drawing */
export function drawFlow({ flow, columns, rows, width, describe }) {
  const places = columns.length + 1;
  const step = Math.max(smallestStep, Math.min(largestStep, (width - 2 * edge) / places));
  const whole = Math.max(width, places * step + 2 * edge);
  const height = headHeight + Math.max(rows.length, 1) * rowHeight + 6;
  /** @param {number} place */
  const xOf = (place) => edge + place * step;
  const end = whole - 6;
  const frame = { width: whole, height, viewBox: `0 0 ${whole} ${height}`, role: 'group' };
  return shape(
    'svg',
    { ...frame, 'aria-label': 'Events of the session; arrow keys go from one to the next' },
    ...rows.map((_, index) => stripe(index, whole)),
    shape('line', { class: 'axis', x1: xOf(0), x2: end, y1: signY, y2: signY }),
    shape('circle', { class: 'start', cx: xOf(0), cy: signY, r: 4 }),
    ...ticks(flow, columns, xOf),
    ...rows.flatMap((row, index) => piecesOf(row, index, { columns, xOf, end })),
    ...columns.flatMap((column, index) => links(column, rows, xOf(index + 1))),
    ...columns.map((column, index) => event(column, xOf(index + 1), describe(column))),
  );
}

/** @param {number} index @param {number} width */
function stripe(index, width) {
  const y = headHeight + index * rowHeight;
  return shape('rect', {
    class: `stripe ${index % 2 === 0 ? 'even' : 'odd'}`,
    x: 0,
    y,
    width,
    height: rowHeight,
  });
}

/** Times, where there is room for them. @param {Flow} flow @param {readonly Column[]} columns @param {(place: number) => number} xOf */
function ticks(flow, columns, xOf) {
  const times = [flow.startedMs, ...columns.map(({ marks }) => marks[0]?.timeMs ?? 0)];
  let free = Number.NEGATIVE_INFINITY;
  return times.flatMap((timeMs, place) => {
    const x = xOf(place);
    if (x < free) return [];
    free = x + 76;
    return shape(
      'text',
      { class: 'tick', x: place === 0 ? 4 : x, y: 16, 'text-anchor': place === 0 ? 'start' : 'middle' },
      timeOf(timeMs),
    );
  });
}

/** @typedef {{ columns: readonly Column[], xOf: (place: number) => number, end: number }} Scale */

/** @param {Row} row @param {number} index @param {Scale} scale */
function piecesOf({ pieces }, index, scale) {
  return pieces.map((lane, at) => {
    const next = pieces[at + 1];
    return piece(lane, index, { ...scale, next: next === undefined ? scale.end : startOf(next, scale) });
  });
}

/** @param {Lane} lane @param {Scale} scale */
function startOf({ from }, { columns, xOf }) {
  return xOf(placeOf(columns, from));
}

/** From where a tag came to where it went, or on to the right; when it has gone, until it comes `next`. @param {Lane} lane @param {number} index @param {Scale & { next: number }} scale */
function piece(lane, index, scale) {
  const { kind, from, until } = lane;
  const { columns, xOf, end, next } = scale;
  const y = yOf(index);
  const x1 = startOf(lane, scale);
  const x2 = until === undefined ? end : xOf(placeOf(columns, until));
  const isFaint = from.kind === 'elsewhere' ? ' unexplained' : '';
  return shape(
    'g',
    { class: `lane ${kind}${isFaint}` },
    until === undefined ? undefined : shape('line', { class: 'gone', x1: x2, x2: next, y1: y, y2: y }),
    shape('line', { class: 'held', x1, x2, y1: y, y2: y }),
    until === undefined
      ? shape('path', { class: 'on', d: `M${x2 - 5} ${y - 6}l6 6-6 6` })
      : shape('line', { class: 'cap', x1: x2, x2, y1: y - 9, y2: y + 9 }),
    shape('circle', { class: 'begin', cx: x1, cy: y, r: 5 }),
  );
}

/** From an event to the lanes that it began or ended, or that stood in its way. @param {Column} column @param {readonly Row[]} rows @param {number} x */
function links({ kind, marks }, rows, x) {
  const numbers = new Set(marks.map(({ number }) => number));
  /** @param {Row} row */
  const isTouched = ({ pieces }) =>
    pieces.some(({ from, until }) => numbers.has(from.mark ?? -1) || numbers.has(until?.mark ?? -1));
  const blocking = new Set(marks.flatMap(({ inTheWay }) => inTheWay?.tags ?? []));
  const touched = rows.flatMap((row, index) => (isTouched(row) ? [index] : []));
  const inTheWay = rows.flatMap((row, index) => (kind === 'denied' && blocking.has(row.tag) ? [index] : []));
  const link = (/** @type {string} */ name, /** @type {number} */ index) =>
    shape('line', { class: `link ${name}`, x1: x, x2: x, y1: signY + 10, y2: yOf(index) });
  return [
    ...touched.toReversed().map((index) => link(rows[index]?.kind ?? '', index)),
    ...inTheWay.slice(-1).map((index) => link('denied', index)),
    ...inTheWay.map((index) =>
      shape('path', {
        class: 'stop',
        d: `M${x - 5} ${yOf(index) - 5}l10 10M${x + 5} ${yOf(index) - 5}l-10 10`,
      }),
    ),
  ];
}

/** @param {Column} column @param {number} x @param {string} words */
function event({ kind, marks }, x, words) {
  const [first] = marks;
  const count =
    marks.length === 1 ? undefined : shape('text', { class: 'count', x, y: 31 }, `×${marks.length}`);
  return shape(
    'g',
    { class: 'event', role: 'button', tabindex: -1, 'aria-label': words, 'data-key': keyOf(first) },
    shape('title', {}, `${kindNames[kind]} · ${words}`),
    shape('rect', { class: 'target', x: x - 14, y: 20, width: 28, height: 42, rx: 6 }),
    sign(kind, { x, y: signY }),
    count,
  );
}

/** @param {Mark | undefined} mark */
export function keyOf(mark) {
  return `event-${mark?.number ?? 0}`;
}

/** @param {number} index */
function yOf(index) {
  return headHeight + index * rowHeight + rowHeight / 2;
}
