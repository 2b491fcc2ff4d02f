import type { Labels } from '../monitor/labels.ts';
import { printable } from '../outcome.ts';

/** So many tags of one label are shown; a guard may write a hundred thousand. */
const maxShownTags = 20;

/** Both sets of tags, sorted. */
export function describeLabels({ secrecy, integrity }: Labels): string {
  return `secrecy ${describeTags([...secrecy].sort())}, integrity ${describeTags([...integrity].sort())}`;
}

/** Tags in quotation marks, and how many more there are. */
export function describeTags(tags: readonly string[]): string {
  if (tags.length === 0) return 'none';
  const shown = tags.slice(0, maxShownTags).map(quoted);
  const more = tags.length - shown.length;
  return `${shown.join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Somebody's words, so that they cannot be taken for ours. */
export function quoted(text: string): string {
  return JSON.stringify(printable(text));
}
