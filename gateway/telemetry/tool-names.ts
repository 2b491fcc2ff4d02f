/** Tools of one server that metrics name: a server that makes up new ones must not become a series for each. */
const maxNamed = 200;
/** Servers that this is known of: more than anybody configures, in all configurations that a process has seen. */
const maxServers = 1_000;

const named = new Map<string, Set<string>>();

/** The tool, which the server is known to have, as metrics name it; undefined: they do not. */
export function nameableTool(server: string, tool: string): string | undefined {
  const known = named.get(server) ?? new Set<string>();
  if (known.has(tool)) return tool;
  if (known.size >= maxNamed || (known.size === 0 && named.size >= maxServers)) return undefined;
  known.add(tool);
  named.set(server, known);
  return tool;
}
