// The item form: a guard echoes items, and its labels go to the items of the response that are equal to them.

import { canonicalJson, repeatsName } from './canonical-json.ts';
import { scanJson } from './json-scanner.ts';
import { elementsOf, type JsonNode, type JsonTape, kindOf, membersOf, ROOT, stringOf } from './json-tape.ts';
import { ResponseError } from './response-error.ts';
import type { DescribedLabels, ItemEntry } from './response-labels.ts';

/** The labels of echoed items by their canonical text, in the order in which the guard gave them. */
type Echoes = ReadonlyMap<string, readonly (DescribedLabels | undefined)[]>;

/** Where items are looked for: an array in a document, or the document itself. */
interface FoundArray {
  readonly array: JsonNode;
  readonly segments: readonly string[];
}

/** The items that a guard labelled by echoing them: those of one array, or the response as a whole. */
export type MatchedItems =
  | { readonly kind: 'whole'; readonly labels: DescribedLabels | undefined }
  | {
      readonly kind: 'array';
      readonly array: JsonNode;
      /** The way to the array: names of objects in objects, none when the document is the array. */
      readonly segments: readonly string[];
      readonly labels: readonly (DescribedLabels | undefined)[];
    };

/**
 * Matches echoed items to those of a document, in order, by deep equality; what nothing matches stays without labels.
 * The items are the elements of the document; where it is an object, of the array in it, or in the objects in it, that
 * holds an echoed item, unless the object itself was echoed. Whichever it is, labels only go to what equals what the
 * guard labelled.
 * @throws ResponseError `ambiguous-items` when several arrays hold echoed items: one of them would pass unlabelled;
 * `ambiguous` when an item that nothing matches repeats a name.
 */
export function matchItems(document: JsonTape, entries: readonly ItemEntry[]): MatchedItems {
  const echoes = groupEchoes(entries);
  const found = arrayOfItems(document, echoes);
  if (found === undefined) {
    const candidates = labelsOf(document, ROOT, echoes);
    return { kind: 'whole', labels: candidates === undefined ? unmatched(document, ROOT) : candidates[0] };
  }
  const used = new Map<readonly unknown[], number>();
  const labels = elementsOf(document, found.array).map((item) => {
    const candidates = labelsOf(document, item, echoes);
    if (candidates === undefined) return unmatched(document, item);
    const position = used.get(candidates) ?? 0;
    used.set(candidates, position + 1);
    return candidates[position];
  });
  return { kind: 'array', ...found, labels };
}

/**
 * An item that no echo equals has no labels of its own. One that repeats a name may have been echoed as some reader
 * takes it, and its labels must not be lost for that.
 */
function unmatched(document: JsonTape, item: JsonNode): undefined {
  if (repeatsName(document, item)) {
    throw new ResponseError('ambiguous', 'an item that the guard did not echo as it is repeats a name');
  }
}

function groupEchoes(entries: readonly ItemEntry[]): Echoes {
  const echoes = new Map<string, (DescribedLabels | undefined)[]>();
  for (const { data, labels } of entries) {
    const text = data === undefined ? undefined : canonicalEcho(data);
    if (text === undefined) continue;
    const equal = echoes.get(text);
    if (equal === undefined) echoes.set(text, [labels]);
    else equal.push(labels);
  }
  return echoes;
}

/** What cannot be scanned equals nothing: no such thing is in a response that could be scanned. */
function canonicalEcho(data: string): string | undefined {
  try {
    return canonicalJson(scanJson(data), ROOT);
  } catch (error) {
    if (error instanceof ResponseError) return undefined;
    throw error;
  }
}

function arrayOfItems(document: JsonTape, echoes: Echoes): FoundArray | undefined {
  const kind = kindOf(document, ROOT);
  if (kind === 'array') return { array: ROOT, segments: [] };
  if (kind !== 'object' || labelsOf(document, ROOT, echoes) !== undefined) return undefined;
  const found: FoundArray[] = [];
  visitArrays(document, ROOT, (array, segments) => {
    if (!elementsOf(document, array).some((item) => labelsOf(document, item, echoes) !== undefined)) return;
    found.push({ array, segments: [...segments] });
    if (found.length > 1) {
      throw new ResponseError('ambiguous-items', 'the guard echoed items that are in more than one array');
    }
  });
  return found[0];
}

/**
 * Visits the arrays in an object and in the objects in it, but none inside an array, so that each value is looked at
 * once. The way to them is one list that changes, since copying it for each array would not be linear.
 */
function visitArrays(
  document: JsonTape,
  object: JsonNode,
  visit: (array: JsonNode, segments: readonly string[]) => void,
  way: string[] = [],
): void {
  for (const { key, value } of membersOf(document, object)) {
    const kind = kindOf(document, value);
    if (kind !== 'array' && kind !== 'object') continue;
    way.push(stringOf(document, key));
    if (kind === 'array') visit(value, way);
    else visitArrays(document, value, visit, way);
    way.pop();
  }
}

function labelsOf(document: JsonTape, node: JsonNode, echoes: Echoes) {
  return echoes.get(canonicalJson(document, node));
}
