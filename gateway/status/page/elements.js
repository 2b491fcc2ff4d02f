// Makes elements out of text: there is no way from here to markup.

/** @import { MarkKind } from './words.js' */

/** @typedef {Node | string | undefined} Content */

/** @param {string} name @param {Record<string, string>} attributes @param {Content[]} content @returns {HTMLElement} */
export function element(name, attributes = {}, ...content) {
  return filled(document.createElement(name), attributes, content);
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {Content[]} content @returns {SVGElement} */
export function shape(name, attributes = {}, ...content) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, content);
}

/** @template {Element} E @param {E} made @param {Record<string, string | number>} attributes @param {Content[]} content @returns {E} */
function filled(made, attributes, content) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...content.filter((each) => each !== undefined));
  return made;
}

/** In a square of 16 units. @type {Readonly<Record<MarkKind, string>>} */
const glyphs = {
  read: 'M8 3.5v8.5M4.5 8.5 8 12l3.5-3.5',
  write: 'M8 12.5V4M4.5 7.5 8 4l3.5 3.5',
  'read-write': 'M5.5 12V4M3.2 6.3 5.5 4l2.3 2.3M10.5 4v8M8.2 9.7l2.3 2.3 2.3-2.3',
  call: 'M6.5 8h3',
  tainted: 'M8 3c2 2.8 3.4 4.4 3.4 6.3a3.4 3.4 0 0 1-6.8 0C4.6 7.4 6 5.8 8 3z',
  withheld: 'M3.7 4.500h8.600L9.2 8.400v3.600l-2.4-1.200V8.400z',
  denied: 'M5 5l6 6M11 5l-6 6',
  failed: 'M8 4v4.600M8 11.400v.2',
  privilege: 'M8 3.200l1.4 3 3.3.4-2.4 2.2.6 3.300L8 10.500l-2.9 1.6.6-3.3-2.4-2.2 3.3-.4z',
  overruled: 'M5 13V3.500h6.500L9.7 6l1.8 2.500H5',
};

/** A sign for a kind of event, with its middle at a place. @param {MarkKind} kind @param {{ x: number, y: number }} place */
export function sign(kind, { x, y }) {
  return shape(
    'g',
    { class: `sign ${kind}`, transform: `translate(${x - 8} ${y - 8})` },
    shape('circle', { cx: 8, cy: 8, r: 10 }),
    shape('path', { d: glyphs[kind] }),
  );
}

/** The same beside text, which says what it means. @param {MarkKind} kind */
export function inlineSign(kind) {
  const picture = { viewBox: '-3 -3 22 22', width: 20, height: 20, 'aria-hidden': 'true', class: 'inline' };
  return shape('svg', picture, sign(kind, { x: 8, y: 8 }));
}

/** Puts other content into an element; whatever had the focus in it, and is still there by its `data-key`, has it afterwards. @param {Element} place @param {Content[]} content */
export function replaceContent(place, ...content) {
  const focused = place.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.getAttribute('data-key');
  place.replaceChildren(...content.filter((each) => each !== undefined));
  if (key === null || key === undefined) return;
  const again = [...place.querySelectorAll('[data-key]')].find(
    (each) => each.getAttribute('data-key') === key,
  );
  if (again instanceof HTMLElement || again instanceof SVGElement) again.focus({ preventScroll: true });
}
