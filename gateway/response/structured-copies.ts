// A result may show its items twice: as text for models, and as `structuredContent` for programs. What is cut out of
// one must be cut out of the other, which is possible where the other is recognized as a copy.

import { canonicalJson } from './canonical-json.ts';
import { dropChildren, type Edit, sortEdits } from './edits.ts';
import { followPointer } from './json-pointer.ts';
import { elementsOf, type JsonNode, kindOf, memberOf, membersOf, ROOT, stringOf } from './json-tape.ts';
import { type ItemsPlace, labelledTape } from './label-response.ts';
import { projectEdits } from './project-edits.ts';
import { type Cut, pruneDocument } from './prune.ts';
import { contentOf } from './unwrap.ts';

/** A value that repeats the text of the document, the document, or only its items. */
export interface Copy {
  readonly kind: 'text' | 'document' | 'items';
  readonly node: JsonNode;
}

/**
 * The copies in the representation that the guard did not label: `structuredContent`, or a member of it. Empty when
 * there is only one representation; `undefined` when there is another that holds more than copies, so that it cannot be
 * filtered alike.
 */
export function findCopies(place: ItemsPlace): readonly Copy[] | undefined {
  const { result, document } = place;
  if (kindOf(result, ROOT) !== 'object') return [];
  const labelled = document === undefined ? place.steps[0]?.child : contentOf(result);
  const content = contentOf(result);
  if (content !== undefined && content !== labelled && elementsOf(result, content).length > 0) {
    return undefined;
  }
  const structured = memberOf(result, ROOT, 'structuredContent');
  return structured === undefined || structured === labelled ? [] : copiesIn(place, structured);
}

/** The edits that make a cut in a copy. */
export function pruneCopy(place: ItemsPlace, { kind, node }: Copy, cut: Cut): Edit[] {
  const { result, segments } = place;
  switch (kind) {
    case 'text':
      return projectEdits(
        result,
        [{ string: node, offset: 0 }],
        sortEdits(pruneDocument(labelledTape(place), place, cut)),
      );
    case 'document': {
      const steps = followPointer(result, node, segments);
      return pruneDocument(result, { steps, array: steps.at(-1)?.child ?? node }, cut);
    }
    case 'items':
      return dropChildren(result, node, (_, index) => cut.isItemCut(index));
  }
}

function copiesIn(place: ItemsPlace, structured: JsonNode): readonly Copy[] | undefined {
  const { result, document } = place;
  const known = knownForms(place);
  const copyAt = (node: JsonNode): Copy | undefined => {
    if (kindOf(result, node) === 'string') {
      return stringOf(result, node) === document?.tape.text ? { kind: 'text', node } : undefined;
    }
    const kind = known.get(canonicalJson(result, node));
    return kind && { kind, node };
  };
  const whole = copyAt(structured);
  if (whole !== undefined) return [whole];
  if (kindOf(result, structured) !== 'object') return undefined;
  const members = membersOf(result, structured);
  const copies = members.map(({ value }) => copyAt(value)).filter((copy) => copy !== undefined);
  return copies.length === members.length ? copies : undefined;
}

/** What a copy looks like. */
function knownForms(place: ItemsPlace): Map<string, 'document' | 'items'> {
  const tape = labelledTape(place);
  const forms = new Map<string, 'document' | 'items'>();
  forms.set(canonicalJson(tape, place.array), 'items');
  if (place.document !== undefined) forms.set(canonicalJson(tape, ROOT), 'document');
  return forms;
}
