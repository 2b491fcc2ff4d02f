// The flow of one agent session: the picture, what it shows in words, and all of its events as text.

/** @import { Flow, StatusSnapshot, ReasonWords } from '../snapshot.ts' */
/** @import { Lane } from '../label-lanes.ts' */
/** @import { Mark } from '../mark.ts' */
/** @import { Column } from './flow-columns.js' */
/** @import { MarkKind } from './words.js' */
import { element, inlineSign, replaceContent } from './elements.js';
import { detailOf, eventRow } from './event-detail.js';
import { columnsOf } from './flow-columns.js';
import { drawFlow, headHeight, keyOf, rowHeight, rowsOf } from './flow-picture.js';
import { agentName, causeWords, counted, kindNames, sentenceOf, visible } from './words.js';

/** The panel; it remembers which event a person looks at, and where they have scrolled to. */
export class FlowPanel {
  #scroller = element('div', { class: 'scroller' });
  #detail = element('div', { class: 'detail', 'aria-live': 'polite' });
  #heading = element('h2', { id: 'flow-heading' });
  #summary = element('p', { class: 'summary' });
  #lanes = element('ul', { class: 'lanes-text' });
  #rows = element('tbody');
  #legend = legend();
  /** @type {string | undefined} */
  #picked;
  /** @type {string | undefined} */
  #shown;

  /** @param {Element} place */
  constructor(place) {
    const caption = element('summary', {}, 'All of it as text');
    const head = element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...['Time', 'Call', 'Outcome', 'Labels'].map((name) => element('th', { scope: 'col' }, name)),
      ),
    );
    const table = element(
      'div',
      { class: 'wide', tabindex: '0', role: 'region', 'aria-label': 'Events of the session' },
      element('table', {}, head, this.#rows),
    );
    const text = element('details', { class: 'text' }, caption, this.#lanes, table);
    place.append(this.#heading, this.#summary, this.#scroller, this.#legend, this.#detail, text);
  }

  /** Shows a flow, if it is another than is shown. @param {StatusSnapshot} snapshot */
  show(snapshot) {
    const { flow, words } = snapshot;
    const state = JSON.stringify([flow, this.#scroller.clientWidth]);
    if (state === this.#shown) return;
    this.#shown = state;
    this.#describe(snapshot);
    if (flow === null) return replaceContent(this.#scroller);
    const { columns, earlier } = columnsOf(flow);
    this.#draw({ flow, columns, earlier, words });
    this.#list(flow, words);
  }

  /** @param {StatusSnapshot} snapshot */
  #describe({ flow, agents }) {
    const agent = agents.find(({ address }) => address === flow?.address);
    const name = agent === undefined ? (flow?.address ?? 'no agent session') : agentName(agent);
    this.#heading.replaceChildren('Flow of labels: ', element('bdi', {}, visible(name)));
    this.#summary.textContent =
      flow === null ? 'This agent session is not there, or no longer.' : summaryOf(flow);
    for (const each of [this.#legend, this.#detail, this.#scroller]) each.hidden = flow === null;
  }

  /** @param {{ flow: Flow, columns: Column[], earlier: number, words: Readonly<Record<string, ReasonWords>> }} shown */
  #draw({ flow, columns, earlier, words }) {
    const isAtEnd = this.#scroller.scrollLeft + this.#scroller.clientWidth >= this.#scroller.scrollWidth - 8;
    const rows = rowsOf(flow.lanes);
    const describe = (/** @type {Column} */ { marks }) => describeColumn(marks, words);
    const gutter = gutterOf(rows, earlier);
    const width = Math.max(240, this.#scroller.clientWidth - 180);
    const picture = drawFlow({ flow, columns, rows, width, describe });
    replaceContent(this.#scroller, gutter, picture);
    if (isAtEnd) this.#scroller.scrollLeft = this.#scroller.scrollWidth;
    const events = [...picture.querySelectorAll('.event')];
    const pick = (/** @type {number} */ index) => {
      const [column, shape] = [columns[index], events[index]];
      if (column === undefined || shape === undefined) return;
      this.#picked = keyOf(column.marks[0]);
      for (const each of events) each.setAttribute('tabindex', each === shape ? '0' : '-1');
      for (const each of events) each.classList.toggle('picked', each === shape);
      replaceContent(this.#detail, ...detailOf(column.marks, words, flow.lanes));
    };
    followPicks(picture, events, pick);
    const known = columns.findIndex(({ marks }) => keyOf(marks[0]) === this.#picked);
    if (known < 0) this.#picked = undefined;
    pick(known < 0 ? lastNotable(columns) : known);
    if (known < 0) this.#picked = undefined;
  }

  /** @param {Flow} flow @param {Readonly<Record<string, ReasonWords>>} words */
  #list(flow, words) {
    const lanes = flow.lanes.map((lane) => element('li', {}, laneWords(lane)));
    const more = flow.moreTags > 0 ? [element('li', {}, `${flow.moreTags} more tags are not listed.`)] : [];
    replaceContent(this.#lanes, ...lanes, ...more);
    const older =
      flow.forgotten > 0
        ? [
            element(
              'tr',
              {},
              element('td', { colspan: '4' }, `${flow.forgotten} earlier events are not kept.`),
            ),
          ]
        : [];
    replaceContent(this.#rows, ...flow.marks.toReversed().map((mark) => eventRow(mark, words)), ...older);
  }
}

/** Arrow keys, Home and End go from event to event; pointing, focus and a click pick one. @param {Element} picture @param {Element[]} events @param {(index: number) => void} pick */
function followPicks(picture, events, pick) {
  const indexOf = (/** @type {EventTarget | null} */ target) =>
    target instanceof Element ? events.findIndex((each) => each.contains(target)) : -1;
  picture.addEventListener('focusin', ({ target }) => pick(indexOf(target)));
  picture.addEventListener('click', ({ target }) => pick(indexOf(target)));
  picture.addEventListener('keydown', (event) => {
    if (!(event instanceof KeyboardEvent)) return;
    const at = indexOf(event.target);
    const next = new Map([
      ['ArrowLeft', at - 1],
      ['ArrowRight', at + 1],
      ['Home', 0],
      ['End', events.length - 1],
    ]).get(event.key);
    const there = next === undefined ? undefined : events[next];
    if (!(there instanceof SVGElement)) return;
    event.preventDefault();
    there.focus();
  });
}

/** What a person wants to see first: what was denied or became of the agent, the last of it. @param {readonly Column[]} columns */
function lastNotable(columns) {
  const notable = columns.findLastIndex(
    ({ kind }) => !['read', 'write', 'read-write', 'call'].includes(kind),
  );
  return notable < 0 ? columns.length - 1 : notable;
}

/** @param {Flow} flow */
function summaryOf({ lanes, marks, moreTags }) {
  const open = lanes.filter(({ kind, until }) => kind === 'secrecy' && until === undefined);
  const lost = lanes.filter(({ kind, until }) => kind === 'integrity' && until !== undefined);
  const denied = marks.filter(({ outcome }) => outcome === 'denied').length;
  const last = open.findLast(({ from }) => from.kind === 'mark');
  const tags = open.length + moreTags;
  const carries = tags === 0 ? 'It carries no secret' : `It carries ${counted(tags, 'secrecy tag')}`;
  const came = last === undefined ? '' : `; “${visible(last.tag)}” came ${causeWords(last.from)}`;
  const gone = lost.length === 0 ? '' : ` It lost ${counted(lost.length, 'integrity tag')}.`;
  const refused = denied === 0 ? '' : ` It was denied ${counted(denied, 'call')}.`;
  return `${carries}${came}.${gone}${refused}`;
}

/** @param {Lane} lane */
function laneWords({ tag, kind, from, until }) {
  const end = until === undefined ? 'it holds now' : `it went ${causeWords(until)}`;
  return `${kind} “${visible(tag)}”: ${causeWords(from)}; ${end}`;
}

/** @param {readonly Mark[]} marks @param {Readonly<Record<string, ReasonWords>>} words */
function describeColumn(marks, words) {
  const last = marks.at(-1);
  if (last === undefined) return '';
  const sentence = sentenceOf(last, words);
  return marks.length === 1 ? sentence : `${marks.length} in a row, the last: ${sentence}`;
}

/** @param {ReturnType<typeof rowsOf>} rows @param {number} earlier */
function gutterOf(rows, earlier) {
  const note = earlier === 0 ? 'since it began' : `after ${counted(earlier, 'earlier event')}`;
  const head = element(
    'div',
    { class: 'gutter-head' },
    element('strong', {}, 'Events'),
    element('span', {}, note),
  );
  const names = rows.map(({ tag, kind }) => {
    const name = element(
      'div',
      { class: `gutter-row ${kind}`, title: `${kind}: ${visible(tag)}` },
      element('bdi', {}, visible(tag)),
    );
    name.style.height = `${rowHeight}px`;
    return name;
  });
  head.style.height = `${headHeight}px`;
  const none = rows.length === 0 ? [element('div', { class: 'gutter-row' }, 'no labels')] : [];
  return element('div', { class: 'gutter' }, head, ...names, ...none);
}

function legend() {
  /** @type {readonly MarkKind[]} */
  const kinds = ['read', 'write', 'tainted', 'withheld', 'denied', 'failed', 'privilege'];
  const signs = kinds.map((kind) => element('li', {}, inlineSign(kind), kindNames[kind]));
  const lanes = [
    element('li', {}, element('span', { class: 'swatch secrecy' }), 'secrecy: who may learn what it knows'),
    element('li', {}, element('span', { class: 'swatch integrity' }), 'integrity: who vouches for it'),
  ];
  return element('ul', { class: 'legend', 'aria-label': 'What the signs mean' }, ...signs, ...lanes);
}
