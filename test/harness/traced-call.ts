import { randomBytes } from 'node:crypto';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import type { ToolResult } from './tool-result.ts';

/** A span of a client that traces, and the trace that it began. */
export interface ClientSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Both, as they travel, with the word that they are kept. */
  readonly traceparent: string;
}

export function clientSpan(): ClientSpan {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

/** Calls a tool as a client that traces does: with its context in `_meta`. */
export async function tracedCall(
  client: Client,
  name: string,
  { args = {}, meta = {} }: { args?: Record<string, unknown>; meta?: Record<string, unknown> } = {},
): Promise<ToolResult> {
  const params = { name, arguments: args, _meta: meta };
  const result = await client.request({ method: 'tools/call', params }, ResultSchema);
  return result as unknown as ToolResult;
}
