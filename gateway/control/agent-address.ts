/** Which agent session is meant. */
export interface AgentName {
  readonly principal: string;
  readonly run: string;
}

/** `principal/run`, each encoded as in a path, so that no two agents have the same; the run may be empty. */
export function agentAddress({ principal, run }: AgentName): string {
  return `${encoded(principal)}/${encoded(run)}`;
}

/** Reads `principal/run` or `principal`; undefined for anything else. */
export function parseAgentAddress(address: string): AgentName | undefined {
  const [, principal, run = ''] = /^([^/]+)(?:\/([^/]*))?$/.exec(address) ?? [];
  if (principal === undefined) return undefined;
  try {
    return { principal: decodeURIComponent(principal), run: decodeURIComponent(run) };
  } catch {
    return undefined;
  }
}

/** A colon may stand in a path as it is, and every principal with a certificate has one. */
function encoded(part: string): string {
  return encodeURIComponent(part).replaceAll('%3A', ':');
}
