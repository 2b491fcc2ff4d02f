const start = '<!-- bench: written by `npm run bench -- --write` -->';
const end = '<!-- /bench -->';

/** The document with `text` between its markers, in place of what was there. Throws where it has no markers. */
export function betweenMarkers(document: string, text: string): string {
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`there is no "${start}" with "${end}" behind it`);
  return `${document.slice(0, from + start.length)}\n\n${text}\n\n${document.slice(to)}`;
}
