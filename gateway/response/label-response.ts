import { followPointer, itemIndex, type PointerStep, splitPointer } from './json-pointer.ts';
import { elementsOf, type JsonNode, type JsonTape, kindOf, ROOT } from './json-tape.ts';
import { matchItems } from './match-items.ts';
import { ResponseError } from './response-error.ts';
import type { DescribedLabels, PathEntry, ResponseLabels } from './response-labels.ts';
import { type Unwrapped, unwrap } from './unwrap.ts';

/**
 * A tool result, and the labels of what is in it. Labels that are `undefined` are the resource's: the guard gave none.
 */
export type LabelledResponse = WholeResponse | ItemsResponse;

/** A result that is one item. */
export interface WholeResponse {
  readonly kind: 'whole';
  /** The tool result: JSON, as the backend sent it. */
  readonly text: string;
  readonly labels: DescribedLabels | undefined;
}

/** A result with an array of items in it. What lies outside of the array carries the resource's labels. */
export interface ItemsResponse {
  readonly kind: 'items';
  /** The tool result: JSON, as the backend sent it. */
  readonly text: string;
  /** Whether the items were found because the guard echoed them: of none, it would have said nothing. */
  readonly isEchoed: boolean;
  /** One for each item. */
  readonly labels: readonly (DescribedLabels | undefined)[];
  readonly place: ItemsPlace;
}

/** Where in a result the items are. */
export interface ItemsPlace extends Unwrapped {
  /** From the root of the document inside the result, or of the result where there is none, to the array. */
  readonly segments: readonly string[];
  readonly steps: readonly PointerStep[];
  readonly array: JsonNode;
}

/**
 * Puts a guard's labels on a tool result. Without labels the result is not even scanned.
 * @throws ResponseError when the guard's `items_path` leads nowhere, or when the result cannot be labelled item by
 * item because it is no JSON, nested too deeply, or repeats a name on the way to the items.
 */
export function labelResponse(text: string, labels: ResponseLabels): LabelledResponse {
  switch (labels.kind) {
    case 'none':
      return { kind: 'whole', text, labels: undefined };
    case 'paths':
      return labelByPaths(text, labels);
    case 'items':
      return labelByItems(text, labels);
  }
}

function labelByPaths(text: string, labels: Extract<ResponseLabels, { kind: 'paths' }>): LabelledResponse {
  const unwrapped = unwrap(text);
  const tape = labelledTape(unwrapped);
  const itemsPath = labels.itemsPath ?? '';
  const segments = splitPointer(itemsPath);
  const steps = followPointer(tape, ROOT, segments);
  const array = steps.at(-1)?.child ?? ROOT;
  if (kindOf(tape, array) !== 'array') {
    if (itemsPath !== '') throw new ResponseError('not-an-array', "the guard's items_path leads to no array");
    return { kind: 'whole', text, labels: labels.defaultLabels };
  }
  const own = entriesByIndex(labels.entries, segments);
  const ofItems = elementsOf(tape, array).map((_, index) => own.get(index) ?? labels.defaultLabels);
  return {
    kind: 'items',
    text,
    isEchoed: false,
    labels: ofItems,
    place: { ...unwrapped, segments, steps, array },
  };
}

function labelByItems(text: string, labels: Extract<ResponseLabels, { kind: 'items' }>): LabelledResponse {
  const unwrapped = unwrap(text);
  const tape = labelledTape(unwrapped);
  const matched = matchItems(tape, labels.entries);
  if (matched.kind === 'whole') return { kind: 'whole', text, labels: matched.labels };
  const { array, segments } = matched;
  const place = { ...unwrapped, segments, steps: followPointer(tape, ROOT, segments), array };
  return { kind: 'items', text, isEchoed: true, labels: matched.labels, place };
}

/** What the pointers of a guard lead into. */
export function labelledTape({ result, document }: Unwrapped): JsonTape {
  return document?.tape ?? result;
}

/** The last entry for an item wins, also when it has no labels. */
function entriesByIndex(entries: readonly PathEntry[], arraySegments: readonly string[]) {
  const labels = new Map<number, DescribedLabels | undefined>();
  for (const entry of entries) {
    const index = itemIndex(entry.path, arraySegments);
    if (typeof index === 'number') labels.set(index, entry.labels);
  }
  return labels;
}
