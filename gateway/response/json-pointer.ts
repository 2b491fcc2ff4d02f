// JSON Pointers (RFC 6901) as guards write them: the leading slash may be missing, and `/` is the root.

import { elementsOf, type JsonNode, type JsonTape, kindOf, memberOf } from './json-tape.ts';
import { ResponseError } from './response-error.ts';

/** One step of a pointer that was followed: a container, and which of its children came next. */
export interface PointerStep {
  readonly container: JsonNode;
  readonly child: JsonNode;
}

/** Why the path of a label names no item. */
export type PathMiss = 'path-mismatch' | 'no-index' | 'not-an-index';

/** A guard may write a pointer of megabytes; the log needs only enough to find it. */
const MAX_LOGGED_CHARACTERS = 100;
const INDEX = /^(?:0|[1-9]\d*)$/;

/** The segments of a pointer, unescaped. */
export function splitPointer(pointer: string): readonly string[] {
  const path = pointer.startsWith('/') ? pointer.slice(1) : pointer;
  return path === '' ? [] : path.split('/').map(unescapeSegment);
}

/** The index of the item that `path` names, or leads into: its first segment after those of the items' array. */
export function itemIndex(path: string, arraySegments: readonly string[]): number | PathMiss {
  const segments = splitPointer(path);
  const isInArray = arraySegments.every((segment, position) => segment === segments[position]);
  const index = segments[arraySegments.length];
  if (!isInArray || index === undefined) return 'path-mismatch';
  if (index === '') return 'no-index';
  return INDEX.test(index) ? Number(index) : 'not-an-index';
}

/**
 * Follows a pointer from a value, and says which way it took.
 * @throws ResponseError when it leads nowhere, or when a name on the way is repeated.
 */
export function followPointer(tape: JsonTape, from: JsonNode, segments: readonly string[]): PointerStep[] {
  const steps: PointerStep[] = [];
  let container = from;
  for (const segment of segments) {
    const child = childOf(tape, container, segment);
    if (child === undefined) continue;
    steps.push({ container, child });
    container = child;
  }
  return steps;
}

/** The child that a segment names; `undefined` for an empty segment without a member of that name, as in `//items`. */
function childOf(tape: JsonTape, container: JsonNode, segment: string): JsonNode | undefined {
  const kind = kindOf(tape, container);
  if (kind === 'object') {
    const member = memberOf(tape, container, segment);
    if (member === undefined && segment !== '') throw lost('path-not-found', segment);
    return member;
  }
  if (segment === '') return undefined;
  if (kind !== 'array') throw lost('unexpected-type', segment);
  if (!INDEX.test(segment)) throw lost('not-an-index', segment);
  const element = elementsOf(tape, container)[Number(segment)];
  if (element === undefined) throw lost('index-out-of-bounds', segment);
  return element;
}

/** The message, which is for the log, holds the guard's words but nothing of the response. */
function lost(
  code: 'path-not-found' | 'unexpected-type' | 'not-an-index' | 'index-out-of-bounds',
  segment: string,
): ResponseError {
  const where = JSON.stringify(segment.slice(0, MAX_LOGGED_CHARACTERS));
  return new ResponseError(code, `the guard's items_path leads nowhere: ${code} at ${where}`);
}

function unescapeSegment(segment: string): string {
  return segment.includes('~') ? segment.replaceAll('~1', '/').replaceAll('~0', '~') : segment;
}
