// Renders what is left of a result: cut out of its text, so that what stays has the backend's own bytes and place.

import type { Notice } from '../outcome.ts';
import { appendTo, applyEdits, dropChildren, type Edit, sortEdits } from './edits.ts';
import {
  elementsOf,
  type JsonMember,
  type JsonNode,
  type JsonTape,
  kindOf,
  memberOf,
  membersOf,
  ROOT,
  stringOf,
} from './json-tape.ts';
import type { ItemsPlace } from './label-response.ts';
import { isCursor } from './pagination.ts';
import { projectEdits } from './project-edits.ts';
import { type Cut, pruneDocument } from './prune.ts';
import { ResponseError } from './response-error.ts';
import { type Copy, pruneCopy } from './structured-copies.ts';
import { contentOf } from './unwrap.ts';

/** What to leave out of a result, and what to say about it. */
export interface Filtering {
  readonly cut: Cut;
  /** The copies of the items; `undefined`: the representation that the guard did not label goes as a whole. */
  readonly copies: readonly Copy[] | undefined;
  /** Says what was withheld; `undefined` says nothing. */
  readonly notice: Notice | undefined;
}

/** The members of a result that are treated each in its own way. */
interface Envelope extends Filtering {
  readonly place: ItemsPlace;
  readonly result: JsonTape;
  readonly content: JsonNode | undefined;
  readonly structured: JsonNode | undefined;
  /** Where our own metadata is merged in; `undefined` where there is none that stays. */
  readonly meta: JsonNode | undefined;
  /** The member that the labelled items are in. */
  readonly holder: JsonNode | undefined;
}

/** Members of `_meta` that begin with this are ours: in a result that we change, nobody else's stay. */
const OWN_META = 'sluice.dev/';

/**
 * The text of a result without what may not be returned.
 * @throws ResponseError `not-a-result` when it is no JSON object, `ambiguous` when it repeats a name that matters.
 */
export function renderFiltered(place: ItemsPlace, filtering: Filtering): string {
  const { cut, copies = [] } = filtering;
  const envelope = envelopeOf(place, filtering);
  return applyEdits(place.result.text, [
    ...itemEdits(place, cut),
    ...copies.flatMap((copy) => pruneCopy(place, copy, cut)),
    ...contentEdits(envelope),
    ...metaEdits(envelope),
    ...memberEdits(envelope),
  ]);
}

function envelopeOf(place: ItemsPlace, filtering: Filtering): Envelope {
  const { result, document, steps } = place;
  if (kindOf(result, ROOT) !== 'object') {
    throw new ResponseError('not-a-result', 'a tool result is no JSON object');
  }
  const content = contentOf(result);
  const meta = memberOf(result, ROOT, '_meta');
  const isMetaKept = meta !== undefined && kindOf(result, meta) === 'object' && !filtering.cut.areSiblingsCut;
  return {
    ...filtering,
    place,
    result,
    content,
    structured: memberOf(result, ROOT, 'structuredContent'),
    meta: isMetaKept ? meta : undefined,
    holder: document === undefined ? steps[0]?.child : content,
  };
}

/** The cut in the representation that the guard labelled. The root of the result is `memberEdits`' affair. */
function itemEdits({ result, document, steps, array }: ItemsPlace, cut: Cut): Edit[] {
  if (document === undefined) return pruneDocument(result, { steps: steps.slice(1), array }, cut);
  const edits = pruneDocument(document.tape, { steps, array }, cut);
  return projectEdits(result, document.parts, sortEdits(edits));
}

/** Drops the content items that do not stay, unless they are the labelled items, and adds the notice as the last. */
function contentEdits(envelope: Envelope): Edit[] {
  const { result, place, content, holder, notice } = envelope;
  if (content === undefined) return [];
  const kept = keptContentItems(envelope, elementsOf(result, content));
  const areItemsEdited = place.document === undefined && content === holder;
  return [
    ...(areItemsEdited ? [] : dropChildren(result, content, (item) => !kept.has(item))),
    ...(envelope.cut.areSiblingsCut ? annotationEdits(envelope) : []),
    ...appendTo(result, content, { isEmpty: kept.size === 0, children: notice ? [notice.contentItem] : [] }),
  ];
}

function keptContentItems(
  { place, cut, content, holder }: Envelope,
  items: readonly JsonNode[],
): Set<JsonNode> {
  if (place.document !== undefined) {
    return new Set(cut.areSiblingsCut ? place.document.parts.map(({ item }) => item) : items);
  }
  if (content === place.array) return new Set(items.filter((_, index) => !cut.isItemCut(index)));
  return new Set(content === holder ? items : []);
}

/** Leaves of the content items that hold the document only what makes them text. */
function annotationEdits({ result, place }: Envelope): Edit[] {
  const parts = place.document?.parts ?? [];
  return parts.flatMap(({ item }) => {
    const stays = new Set([memberOf(result, item, 'type'), memberOf(result, item, 'text')]);
    return dropChildren(result, item, (value) => !stays.has(value));
  });
}

/** Adds our member to the metadata that stays. */
function metaEdits({ result, meta, notice }: Envelope): Edit[] {
  if (meta === undefined || notice === undefined) return [];
  const foreign = membersOf(result, meta).filter(({ key }) => !stringOf(result, key).startsWith(OWN_META));
  const stays = new Set(foreign.map(({ value }) => value));
  return [
    ...dropChildren(result, meta, (value) => !stays.has(value)),
    ...appendTo(result, meta, { isEmpty: stays.size === 0, children: [notice.metaMember] }),
  ];
}

/** Drops the members of the result that do not stay, and adds those that it must have. */
function memberEdits(envelope: Envelope): Edit[] {
  const { result, content, meta, notice } = envelope;
  const kept = membersOf(result, ROOT).filter((member) => memberStays(envelope, member));
  const stays = new Set(kept.map(({ value }) => value));
  const children = [
    // A result without content is none.
    ...(content === undefined ? [`"content":[${notice?.contentItem ?? ''}]`] : []),
    ...(meta === undefined && notice !== undefined ? [`"_meta":{${notice.metaMember}}`] : []),
  ];
  return [
    ...dropChildren(result, ROOT, (value) => !stays.has(value)),
    ...appendTo(result, ROOT, { isEmpty: stays.size === 0, children }),
  ];
}

function memberStays(envelope: Envelope, member: JsonMember): boolean {
  const { value } = member;
  const { content, holder, structured, meta, copies, cut, result } = envelope;
  if (value === holder || value === content || value === meta) return true;
  if (value === structured) return copies !== undefined;
  if (cut.areSiblingsCut) return isCursor(result, member);
  return !['content', '_meta'].includes(stringOf(result, member.key));
}
