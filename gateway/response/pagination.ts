// Which siblings of items only say how to ask for more of them. They stay when the others may not be read, since
// without them an agent could not reach the items on the next page that it may read.

import { type JsonMember, type JsonNode, type JsonTape, kindOf, membersOf, stringOf } from './json-tape.ts';

/** Names of cursors as MCP, GitHub (REST and GraphQL), Google and Slack spell them, lower case, without `_`. */
const CURSORS = new Set([
  'cursor',
  'nextcursor',
  'prevcursor',
  'previouscursor',
  'startcursor',
  'endcursor',
  'hasnextpage',
  'haspreviouspage',
  'hasprevpage',
  'hasmore',
  'pagetoken',
  'nextpagetoken',
  'prevpagetoken',
  'previouspagetoken',
  'nextpage',
  'prevpage',
  'previouspage',
]);

/** Names of objects that hold cursors, beside counts that do not stay. */
const CURSOR_HOLDERS = new Set(['pageinfo', 'pagination', 'paging', 'responsemetadata']);

/** Whether a member of an object is a cursor: a known name with a text, a number, a truth value or nothing in it. */
export function isCursor(tape: JsonTape, { key, value }: JsonMember): boolean {
  const isScalar = !['object', 'array'].includes(kindOf(tape, value));
  return isScalar && CURSORS.has(plainName(tape, key));
}

/** Whether a member of an object holds cursors, one level down. */
export function holdsCursors(tape: JsonTape, { key, value }: JsonMember): boolean {
  return (
    kindOf(tape, value) === 'object' &&
    CURSOR_HOLDERS.has(plainName(tape, key)) &&
    membersOf(tape, value).some((member) => isCursor(tape, member))
  );
}

function plainName(tape: JsonTape, key: JsonNode): string {
  return stringOf(tape, key).replaceAll('_', '').toLowerCase();
}
