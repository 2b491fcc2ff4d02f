// The names of tools and prompts on the aggregated route: the server's name, the separator, its own name. They never
// depend on what other servers there are.

/** Models' hosts take names of tools up to this length, in characters, and of these characters only. */
export const maxNameLength = 64;
const takenCharacters = /^[A-Za-z0-9_-]*$/;

/** A name on the aggregated route, taken apart. */
export interface NameParts {
  readonly server: string;
  /** As the server spells it. */
  readonly own: string;
}

/** The name of a server's tool or prompt on the aggregated route. */
export function aggregatedName({ server, own }: NameParts, separator: string): string {
  return `${server}${separator}${own}`;
}

/** Whose name it is; nothing where it has no separator. No server's name ends behind the first one (`prefixProblem`). */
export function nameParts(name: string, separator: string): NameParts | undefined {
  const at = name.indexOf(separator);
  return at === -1 ? undefined : { server: name.slice(0, at), own: name.slice(at + separator.length) };
}

/** Why a tool of this name cannot be on the aggregated route, with what to do; nothing where it can. */
export function toolNameProblem(parts: NameParts, separator: string): string | undefined {
  const { length } = aggregatedName(parts, separator);
  if (!takenCharacters.test(parts.own))
    return `its name has other characters than letters, digits, hyphens and underscores: call it on /mcp/${parts.server}`;
  if (length > maxNameLength)
    return `its name there would have ${length} characters, ${maxNameLength} are allowed: give the server a shorter name in mcpServers`;
  return undefined;
}

/** Why no tool of this server can be on the aggregated route, with what to do; nothing where they can. */
export function prefixProblem(server: string, separator: string): string | undefined {
  const prefix = aggregatedName({ server, own: '' }, separator);
  const rename = 'give the server another name, or set gateway.separator';
  if (!takenCharacters.test(server))
    return 'the names of its tools on /mcp would have other characters than letters, digits, hyphens and underscores: give the server another name';
  if (prefix.indexOf(separator) !== server.length)
    return `the separator "${separator}" of the names on /mcp must not be found in it, nor begin with its end: ${rename}`;
  if (prefix.length >= maxNameLength)
    return `the names of its tools on /mcp would be longer than ${maxNameLength} characters: give the server a shorter name`;
  return undefined;
}
