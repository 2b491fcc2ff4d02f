// One event: all that is known of it, and its row in a table.

/** @import { Lane } from '../label-lanes.ts' */
/** @import { Mark } from '../mark.ts' */
/** @import { ReasonWords } from '../snapshot.ts' */
import { element, inlineSign } from './elements.js';
import { causeWords, changeWords, kindOf, outcomeWords, tagWords, timeOf, visible } from './words.js';

/** What is known of the events at one place; of many, of the last. @param {readonly Mark[]} marks @param {Readonly<Record<string, ReasonWords>>} words @param {readonly Lane[]} lanes */
export function detailOf(marks, words, lanes) {
  const mark = marks.at(-1);
  if (mark === undefined) return [];
  const known = mark.reason === undefined ? undefined : words[mark.reason];
  const many = marks.length > 1 ? ` (the last of ${marks.length} in a row)` : '';
  const title = element(
    'h3',
    {},
    inlineSign(kindOf(mark)),
    element('bdi', {}, `${visible(mark.server)}: ${visible(mark.tool)}`),
    many,
  );
  /** @type {readonly (readonly [string, string | undefined])[]} */
  const facts = [
    ['When', timeOf(mark.timeMs)],
    ['Outcome', outcomeWords(mark)],
    ['The agent', changeWords(mark).join('; ') || undefined],
    ['In the way', mark.inTheWay && tagWords(mark.inTheWay)],
    ['Because of', originsOf(mark, lanes)],
    ['Rule', known?.rule],
    ['Otherwise', known?.otherwise],
    ['It was told', known?.sentence],
    [
      'Guard',
      mark.guard &&
        `${visible(mark.guard)}${mark.digest === undefined ? '' : ` (${mark.digest.slice(0, 12)}…)`}`,
    ],
    ['Mode', mark.mode],
    ['Trace', mark.trace],
  ];
  const list = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [element('dt', {}, name), element('dd', {}, element('bdi', {}, value))],
  );
  return [title, element('dl', {}, ...list)];
}

/** Since when the tags are there, or are gone, that stood in the way of an event. @param {Mark} mark @param {readonly Lane[]} lanes */
function originsOf({ number, timeMs, inTheWay }, lanes) {
  const origins = (inTheWay?.tags ?? []).flatMap((tag) => {
    const lane = lanes.findLast(
      (each) => each.tag === tag && each.from.timeMs <= timeMs && each.from.mark !== number,
    );
    if (lane === undefined) return [];
    const isGone = lane.until !== undefined && lane.until.timeMs <= timeMs;
    return `“${visible(tag)}” ${isGone ? 'went' : 'came'} ${causeWords(isGone && lane.until ? lane.until : lane.from)}`;
  });
  return origins.join('; ') || undefined;
}

/** One event in a table. @param {Mark} mark @param {Readonly<Record<string, ReasonWords>>} words */
export function eventRow(mark, words) {
  const told = mark.reason === undefined ? undefined : words[mark.reason]?.sentence;
  const why = [mark.inTheWay && `in the way: ${tagWords(mark.inTheWay)}`, told]
    .filter((each) => each !== undefined)
    .join(' · ');
  return element(
    'tr',
    { class: kindOf(mark) },
    element('td', { class: 'time' }, timeOf(mark.timeMs)),
    element('td', {}, element('bdi', { class: 'call' }, `${visible(mark.server)}: ${visible(mark.tool)}`)),
    element(
      'td',
      {},
      element('span', { class: 'outcome' }, inlineSign(kindOf(mark)), outcomeWords(mark)),
      why === '' ? undefined : element('span', { class: 'why' }, why),
    ),
    element('td', {}, changeWords(mark).join('; ')),
  );
}
