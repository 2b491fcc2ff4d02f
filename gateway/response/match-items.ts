// The item form: a guard echoes items, and its labels go to the items of the response that are equal to them.

import { canonicalJson } from './canonical-json.ts';
import { scanJson } from './json-scanner.ts';
import { elementsOf, type JsonNode, type JsonTape, kindOf, membersOf, ROOT, stringOf } from './json-tape.ts';
import { ResponseError } from './response-error.ts';
import type { DescribedLabels, ItemEntry } from './response-labels.ts';

/** The labels of echoed items by their canonical text, in the order in which the guard gave them. */
type Echoes = ReadonlyMap<string, readonly (DescribedLabels | undefined)[]>;

/** The items that a guard labelled by echoing them: those of one array, or the response as a whole. */
export type MatchedItems =
  | { readonly kind: 'whole'; readonly labels: DescribedLabels | undefined }
  | {
      readonly kind: 'array';
      readonly array: JsonNode;
      /** The name of the array in the document; `undefined` when it is the document. */
      readonly name: string | undefined;
      readonly labels: readonly (DescribedLabels | undefined)[];
    };

/**
 * Matches echoed items to those of a document, in order, by deep equality; what nothing matches stays without labels.
 * The items are the elements of the document; where it is an object, of the first array in it that holds an echoed
 * item, unless the object itself was echoed. Whichever it is, labels only go to what equals what the guard labelled.
 */
export function matchItems(document: JsonTape, entries: readonly ItemEntry[]): MatchedItems {
  const echoes = groupEchoes(entries);
  const found = arrayOfItems(document, echoes);
  if (found === undefined) return { kind: 'whole', labels: labelsOf(document, ROOT, echoes)?.[0] };
  const used = new Map<readonly unknown[], number>();
  const labels = elementsOf(document, found.array).map((item) => {
    const candidates = labelsOf(document, item, echoes);
    if (candidates === undefined) return undefined;
    const position = used.get(candidates) ?? 0;
    used.set(candidates, position + 1);
    return candidates[position];
  });
  return { kind: 'array', ...found, labels };
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

function arrayOfItems(document: JsonTape, echoes: Echoes) {
  const kind = kindOf(document, ROOT);
  if (kind === 'array') return { array: ROOT, name: undefined };
  if (kind !== 'object' || labelsOf(document, ROOT, echoes) !== undefined) return undefined;
  const holdsEcho = (array: JsonNode) =>
    elementsOf(document, array).some((item) => labelsOf(document, item, echoes) !== undefined);
  const found = membersOf(document, ROOT).find(
    ({ value }) => kindOf(document, value) === 'array' && holdsEcho(value),
  );
  return found && { array: found.value, name: stringOf(document, found.key) };
}

function labelsOf(document: JsonTape, node: JsonNode, echoes: Echoes) {
  const text = canonicalJson(document, node);
  return text === undefined ? undefined : echoes.get(text);
}
