import type { Bounds } from '../monitor/bounds.ts';

/** What a guard may say, in one line. */
export function describeBounds(bounds: Bounds): string {
  const { readFloor, readCeiling, writeFloor, namespace, reads } = bounds;
  const { maxTags, maxTagLength, maxItems, maxNesting } = bounds;
  return [
    ...listed('all that is read carries', readFloor),
    ...listed('what is read is vouched for by at most', readCeiling),
    ...listed('every write needs', writeFloor),
    ...listed("the guard's tags are", namespace),
    ...listed('reads are at most', reads),
    ...(maxTags === undefined ? [] : [`${maxTags} tags in a list`]),
    ...(maxTagLength === undefined ? [] : [`tags of ${maxTagLength} characters`]),
    ...(maxItems === undefined ? [] : [`${maxItems} items`]),
    ...(maxNesting === undefined ? [] : [`${maxNesting} levels`]),
  ].join('; ');
}

function listed(what: string, names: readonly string[] | undefined): string[] {
  return names === undefined ? [] : [`${what} ${names.length === 0 ? 'nothing' : names.join(', ')}`];
}
