// A document inside a result is a JSON string in JSON: what is cut out of the document is cut out of the string's
// source, so that what stays keeps its escapes, too.

import type { Edit } from './edits.ts';
import { endOf, type JsonNode, type JsonTape, startOf, stringOf } from './json-tape.ts';

/** A string that holds the document from `offset` on, or a part of it. */
export interface DocumentString {
  readonly string: JsonNode;
  readonly offset: number;
}

/**
 * The edits of a result that make given edits of a document in the strings that hold it.
 * @param strings in the order of their offsets
 * @param edits of the document, sorted, not overlapping; their texts must need no escapes
 */
export function projectEdits(
  result: JsonTape,
  strings: readonly DocumentString[],
  edits: readonly Edit[],
): Edit[] {
  let next = 0;
  return strings.flatMap(({ string, offset }) => {
    const end = offset + stringOf(result, string).length;
    const inside: Edit[] = [];
    for (let edit = edits[next]; edit !== undefined && edit.start < end; edit = edits[next]) {
      inside.push({
        start: Math.max(edit.start, offset) - offset,
        end: Math.min(edit.end, end) - offset,
        text: edit.start < offset ? '' : edit.text,
      });
      // The rest of an edit that reaches beyond this string belongs to the next one.
      if (edit.end > end) break;
      next += 1;
    }
    return inside.length === 0 ? [] : editsOfSource(result, string, inside);
  });
}

function editsOfSource(result: JsonTape, string: JsonNode, edits: readonly Edit[]): Edit[] {
  const source = new SourceWalk(result, string);
  return edits.map(({ start, end, text }) => ({
    start: source.advance(start),
    end: source.advance(end),
    text,
  }));
}

/** A walk along a string: where each unit of its text stands in its source. */
class SourceWalk {
  readonly #source: string;
  readonly #start: number;
  #position = 0;
  #units = 0;
  #escape: number;

  constructor(result: JsonTape, string: JsonNode) {
    this.#start = startOf(result, string) + 1;
    this.#source = result.text.slice(this.#start, endOf(result, string) - 1);
    this.#escape = this.#findEscape();
  }

  /** Goes on to a unit of the text, not before the last one asked for, and says where it stands in the result. */
  advance(unit: number): number {
    while (this.#units + this.#escape - this.#position < unit) this.#passEscape();
    this.#position += unit - this.#units;
    this.#units = unit;
    return this.#start + this.#position;
  }

  #passEscape(): void {
    this.#units += this.#escape - this.#position + 1;
    this.#position = this.#escape + (this.#source[this.#escape + 1] === 'u' ? 6 : 2);
    this.#escape = this.#findEscape();
  }

  /** Where the next escape begins; the end of the source when there is none. */
  #findEscape(): number {
    const found = this.#source.indexOf('\\', this.#position);
    return found === -1 ? this.#source.length : found;
  }
}
