import { parseTree } from 'jsonc-parser';

/**
 * The members of a JSON object by name, each as it was spelled. The test has a reader of its own for this, so that it does not
 * judge the gateway by the gateway's.
 */
export function envelopeOf(text: string): ReadonlyMap<string, string> {
  const members = (parseTree(text)?.children ?? []).map(({ children: [name, value] = [] }) => {
    if (name === undefined || value === undefined) throw new Error(`no JSON-RPC message: ${text}`);
    return [String(name.value), text.slice(value.offset, value.offset + value.length)] as const;
  });
  return new Map(members);
}
