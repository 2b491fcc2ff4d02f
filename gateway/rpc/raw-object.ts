import { rawMembers } from './raw-json.ts';

/** The JSON of an object from its members, each value as it is spelled. */
export function writeObject(members: Iterable<readonly [name: string, value: string]>): string {
  return `{${Array.from(members, ([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`;
}

/**
 * The JSON of an object with members put in, in the place of those of the same name; the values of all others keep their
 * bytes, and their order. Throws an RpcMessageError for what is no object.
 */
export function withMembers(
  object: string,
  members: Iterable<readonly [name: string, value: string]>,
): string {
  return writeObject(new Map([...rawMembers(object), ...members]));
}

/** The same without the members of some names. */
export function withoutMembers(object: string, names: readonly string[]): string {
  return writeObject([...rawMembers(object)].filter(([name]) => !names.includes(name)));
}
