import { areTooLarge, type Bounds } from '../monitor/bounds.ts';
import type { ResponseLabels } from '../response/response-labels.ts';

/** Whether a guard's answer about a response is larger than it may be. */
export function isResponseTooLarge(bounds: Bounds, said: ResponseLabels): boolean {
  if (said.kind === 'none') return false;
  const { maxItems = Number.POSITIVE_INFINITY, maxNesting = Number.POSITIVE_INFINITY } = bounds;
  if (said.entries.length > maxItems) return true;
  const allLabels = said.entries.map(({ labels }) => labels);
  if (said.kind === 'paths') allLabels.push(said.defaultLabels);
  if (allLabels.some((labels) => labels !== undefined && areTooLarge(bounds, labels))) return true;
  return said.kind === 'paths'
    ? [said.itemsPath ?? '', ...said.entries.map(({ path }) => path)].some(
        (path) => pointerDepth(path) > maxNesting,
      )
    : said.entries.some(({ data = '' }) => jsonDepth(data) > maxNesting);
}

function pointerDepth(pointer: string): number {
  return pointer.split('/').length - 1;
}

/** Levels of arrays and objects in a JSON text, in time linear in its length. What is no JSON equals no item anyway. */
function jsonDepth(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (let position = 0; position < json.length; position++) {
    const character = json[position];
    if (character === '"') position = stringEnd(json, position);
    else if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return deepest;
}

/** Where the string that begins at a quote has its other one. */
function stringEnd(json: string, begin: number): number {
  for (let position = begin + 1; position < json.length; position++) {
    if (json[position] === '"') return position;
    if (json[position] === '\\') position++;
  }
  return json.length;
}
