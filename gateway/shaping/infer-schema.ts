import {
  elementsOf,
  type JsonNode,
  type JsonTape,
  kindOf,
  membersOf,
  ROOT,
  stringOf,
} from '../response/json-tape.ts';

/** The skeleton of a JSON value: names of types in the place of values, one element for each array. */
export type Schema = string | readonly Schema[] | { readonly [name: string]: Schema };

/** A skeleton stops growing at about so many characters: objects used as maps have as many names as values. */
const maxSchemaLength = 16_000;

/** The skeleton of a text; beyond its largest length deeper values are named only, and further members left out. */
export function inferSchema(tape: JsonTape): Schema {
  return schemaOf(tape, ROOT, { left: maxSchemaLength });
}

function schemaOf(tape: JsonTape, node: JsonNode, room: { left: number }): Schema {
  const kind = kindOf(tape, node);
  if (kind === 'true' || kind === 'false') return 'boolean';
  if (room.left <= 0) return kind;
  if (kind === 'array')
    return elementsOf(tape, node)
      .slice(0, 1)
      .map((element) => entryOf(tape, element, room));
  if (kind !== 'object') return kind;
  const entries: [string, Schema][] = [];
  for (const { key, value } of membersOf(tape, node)) {
    const name = stringOf(tape, key);
    room.left -= name.length;
    if (room.left <= 0) break;
    entries.push([name, entryOf(tape, value, room)]);
  }
  return Object.fromEntries(entries);
}

/** Each value takes about as much as the name of a type with its marks. */
function entryOf(tape: JsonTape, node: JsonNode, room: { left: number }): Schema {
  room.left -= 12;
  return schemaOf(tape, node, room);
}
