import { UsageError } from './usage-error.ts';

/** A place in a case, and all below it. */
export type PlacePattern = readonly string[];

/**
 * Reads a JSON Pointer (RFC 6901) in which `*` is any key or index, and `**` any number of them.
 *
 * @throws UsageError
 */
export function readPlacePattern(text: string): PlacePattern {
  if (!text.startsWith('/'))
    throw new UsageError(
      `--keep ${text.slice(0, 80)}: write a JSON Pointer such as /args/state, or /**/state`,
    );
  return text
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Whether a place is the one of the pattern, or below it. */
export function covers([first, ...rest]: PlacePattern, place: readonly string[]): boolean {
  if (first === undefined) return true;
  if (first === '**') return place.some((_, at) => covers(rest, place.slice(at))) || rest.length === 0;
  const [key, ...below] = place;
  return key !== undefined && (first === '*' || first === key) && covers(rest, below);
}
