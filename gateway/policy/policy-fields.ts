import { isJsonObject, type JsonValue } from './json-value.ts';
import { PolicyError } from './policy-error.ts';

/** A value of a policy, and where it stands. `undefined`: not given. */
export interface Field {
  readonly value: JsonValue | undefined;
  readonly path: string;
}

/** The fields of a policy object: each known name gives its field, given or not. */
export type Fields<Name extends string> = (name: Name) => Field;

/**
 * Reads an object whose keys match in any letter case. `spellings` maps each lower-case spelling to the field's name.
 * A field that is null counts as not given, as in the configurations of gh-aw.
 *
 * @throws PolicyError wrong-type, unknown-field, or duplicate-field for two spellings of one field
 */
export function readFields<Name extends string>(
  { value, path }: Field,
  spellings: ReadonlyMap<string, Name>,
): Fields<Name> {
  if (!isJsonObject(value)) throw new PolicyError('wrong-type', path, 'must be an object');
  const found = new Map<Name, Field>();
  for (const [key, entry] of Object.entries(value)) {
    const name = spellings.get(key.toLowerCase());
    if (name === undefined) throw unknownField(`${path}.${key}`, [...spellings.values()]);
    if (found.has(name))
      throw new PolicyError('duplicate-field', `${path}.${key}`, `write ${name} only once`);
    found.set(name, { value: entry ?? undefined, path: `${path}.${name}` });
  }
  return (name) => found.get(name) ?? { value: undefined, path: `${path}.${name}` };
}

function unknownField(path: string, names: readonly string[]): PolicyError {
  return new PolicyError(
    'unknown-field',
    path,
    `unknown field, write one of ${[...new Set(names)].join(', ')}`,
  );
}
