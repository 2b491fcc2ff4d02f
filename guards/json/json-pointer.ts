// JSON Pointers (RFC 6901) with two wildcards: `*` is every element of an array or every member of an object, `**` is
// here and at any depth below.

import { JsonDocument, JsonKind, NOWHERE } from './json-document';

const EVERY: string = '*';
const ANYWHERE: string = '**';

/** What a pointer finds. */
export class Found {
  /** The values, in the order of the text. */
  values: i32[] = [];
  /** Something on the way is not there: a member, an element, or any element at all. */
  absent: bool = false;
  /** Something on the way is of the wrong type or ambiguous, so that nobody can say what is there. */
  unclear: bool = false;
}

export class JsonPointer {
  constructor(
    /** The pointer as it was written. */
    readonly text: string,
    private readonly segments: string[],
  ) {}

  /** Whether it may lead to more than one value. */
  hasWildcards(): bool {
    return this.segments.includes(EVERY) || this.segments.includes(ANYWHERE);
  }

  /** Whether some key on the way is empty. */
  hasEmptySegment(): bool {
    return this.segments.includes('');
  }

  /** The one value that a pointer without wildcards leads to. */
  locate(document: JsonDocument, root: i32): i32 {
    const found = this.find(document, root, false);
    return found.values.length == 1 ? found.values[0] : NOWHERE;
  }

  /** All values it leads to. With `exactKeys` a key that also occurs in another case makes the finding unclear. */
  find(document: JsonDocument, root: i32, exactKeys: bool): Found {
    const found = new Found();
    if (root == NOWHERE) found.absent = true;
    else this.walk(new Step(document, root, exactKeys), found);
    return found;
  }

  private walk(step: Step, found: Found): void {
    if (step.depth == this.segments.length) {
      found.values.push(step.value);
      return;
    }
    const segment = this.segments[step.depth];
    if (segment == ANYWHERE) this.walkAnywhere(step, found);
    else if (segment == EVERY) this.walkEvery(step, found);
    else this.walkKey(step, segment, found);
  }

  private walkKey(step: Step, key: string, found: Found): void {
    const document = step.document;
    const kind = document.kind(step.value);
    let next = NOWHERE;
    if (kind == JsonKind.Object) {
      if (step.exactKeys && hasSimilarKey(document, step.value, key)) found.unclear = true;
      next = document.member(step.value, key);
    } else if (kind == JsonKind.Array && isArrayIndex(key)) {
      next = document.element(step.value, I32.parseInt(key));
    } else {
      if (!step.searching) found.unclear = true;
      return;
    }
    if (next != NOWHERE) this.walk(step.to(next), found);
    else if (!step.searching) found.absent = true;
  }

  private walkEvery(step: Step, found: Found): void {
    const document = step.document;
    if (!document.isContainer(step.value)) {
      if (!step.searching) found.unclear = true;
      return;
    }
    const end = document.after(step.value);
    const first = step.value + 1;
    if (first == end && !step.searching) found.absent = true;
    for (let at = first; at < end; at = document.after(at)) {
      if (document.kind(at) != JsonKind.Key) this.walk(step.to(at), found);
    }
  }

  /** A search: what does not fit somewhere is only not found there. */
  private walkAnywhere(step: Step, found: Found): void {
    const foundBefore = found.values.length;
    const end = step.document.after(step.value);
    for (let at = step.value; at < end; at++) {
      if (step.document.kind(at) != JsonKind.Key) this.walk(step.toSearch(at), found);
    }
    if (found.values.length == foundBefore && !step.searching) found.absent = true;
  }
}

/** Where a walk stands: at a value, with the first `depth` segments behind it. */
class Step {
  constructor(
    readonly document: JsonDocument,
    readonly value: i32,
    readonly exactKeys: bool,
    readonly depth: i32 = 0,
    readonly searching: bool = false,
  ) {}

  to(value: i32): Step {
    return new Step(this.document, value, this.exactKeys, this.depth + 1, this.searching);
  }

  toSearch(value: i32): Step {
    return new Step(this.document, value, this.exactKeys, this.depth + 1, true);
  }
}

/** The pointer that a text writes; null when it writes none. */
export function parsePointer(text: string): JsonPointer | null {
  if (text.length == 0) return new JsonPointer(text, []);
  if (!text.startsWith('/')) return null;
  const segments = text.substring(1).split('/');
  for (let i = 0; i < segments.length; i++) {
    if (!isEscapedRight(segments[i])) return null;
    segments[i] = segments[i].replaceAll('~1', '/').replaceAll('~0', '~');
  }
  // Two searches inside each other take the square of the time.
  if (segments.indexOf(ANYWHERE) != segments.lastIndexOf(ANYWHERE)) return null;
  return new JsonPointer(text, segments);
}

function isEscapedRight(segment: string): bool {
  for (let i = 0; i < segment.length; i++) {
    if (segment.charAt(i) != '~') continue;
    const next = segment.charAt(i + 1);
    if (next != '0' && next != '1') return false;
  }
  return true;
}

/** A position as RFC 6901 writes it, small enough for an array. */
function isArrayIndex(key: string): bool {
  if (key.length == 0 || key.length > 9 || (key.length > 1 && key.startsWith('0'))) return false;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    if (unit < 0x30 || unit > 0x39) return false;
  }
  return true;
}

/** Some servers take `Path` for `path`: an object that has both, or only the other one, means we do not know which. */
function hasSimilarKey(document: JsonDocument, object: i32, key: string): bool {
  const lower = key.toLowerCase();
  const keys = document.keys(object);
  for (let i = 0; i < keys.length; i++) {
    if (keys[i] != key && keys[i].toLowerCase() == lower) return true;
  }
  return false;
}
