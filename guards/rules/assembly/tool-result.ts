// An MCP tool result and what is in it. Many servers send JSON as text: then the text is what rules look at (the guard
// ABI says exactly when).

import { JsonDocument, JsonKind, NOWHERE } from '../../json/json-document';
import { parseJson } from '../../json/json-parser';
import { unescapeInto } from '../../json/json-string';

/** Where pointers into a result begin. */
export class Unwrapped {
  constructor(
    readonly document: JsonDocument,
    readonly root: i32,
    /** Whether this is the JSON of the text items, and not the result itself. */
    readonly isFromText: bool,
  ) {}
}

/** Whether the tool says that it failed. */
export function isFailure(document: JsonDocument, result: i32): bool {
  return document.is(document.member(result, 'isError'), JsonKind.True);
}

/** The JSON in the text items of a result, or the result itself. */
export function unwrap(document: JsonDocument, result: i32): Unwrapped {
  const texts = textsOf(document, document.member(result, 'content'));
  let size = 0;
  for (let i = 0; i < texts.length; i++) size += document.size(texts[i]);
  const joined = new StaticArray<u8>(size);
  const start = changetype<usize>(joined);
  let length = 0;
  for (let i = 0; i < texts.length; i++) {
    length += unescapeInto(document.start(texts[i]), document.size(texts[i]), start + length);
  }
  const inner = parseJson(start, length, joined);
  return inner == null ? new Unwrapped(document, result, false) : new Unwrapped(inner, 0, true);
}

function textsOf(document: JsonDocument, content: i32): i32[] {
  const texts: i32[] = [];
  if (!document.is(content, JsonKind.Array)) return texts;
  const end = document.after(content);
  for (let item = content + 1; item < end; item = document.after(item)) {
    const text = document.member(item, 'text');
    if (isTextItem(document, item) && document.is(text, JsonKind.String)) texts.push(text);
  }
  return texts;
}

/** An item of type `text`, or without a type, as some servers send it. */
function isTextItem(document: JsonDocument, item: i32): bool {
  const type = document.member(item, 'type');
  if (type == NOWHERE) return true;
  return document.is(type, JsonKind.String) && (document.size(type) == 0 || document.text(type) == 'text');
}
