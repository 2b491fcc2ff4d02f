import type { AgentOutput } from '../guard-output/parse-agent-output.ts';

/** Whether two answers of `label_agent` come to the same for whoever decides by them. */
export function sameGrant(a: AgentOutput, b: AgentOutput): boolean {
  return (
    a.mode === b.mode &&
    sameTags(a.agent?.secrecy, b.agent?.secrecy) &&
    sameTags(a.agent?.integrity, b.agent?.integrity)
  );
}

function sameTags(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return new Set(a).symmetricDifference(new Set(b)).size === 0;
}
