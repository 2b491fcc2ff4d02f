import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js';

/** What a client gets for a tool call, as far as tests look at it. */
export interface ToolResult {
  readonly content: readonly { readonly type: string; readonly text: string }[];
  readonly isError?: boolean;
  readonly structuredContent?: unknown;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** Calls a tool and returns the result as it came: the SDK's own method would check and strip it. */
export async function callTool(
  client: Client,
  name: string,
  args: object = {},
  options: { signal?: AbortSignal } = {},
): Promise<ToolResult> {
  const request = { method: 'tools/call', params: { name, arguments: args } };
  const result = await client.request(request, ResultSchema, options);
  return result as unknown as ToolResult;
}

/** `denied AUDIENCE`, `failed GUARD_TRAPPED`, or `result`. */
export function outcomeOf({ _meta }: ToolResult): string {
  const outcome = _meta?.['sluice.dev/outcome'];
  return outcome === undefined ? 'result' : `${outcome} ${_meta?.['sluice.dev/reason']}`;
}

/** All texts of a result. */
export function textOf({ content }: ToolResult): string {
  return content.map(({ text }) => text).join('\n');
}
