import { type Attributes, SpanKind } from '@opentelemetry/api';
import { rawMembers } from '../rpc/raw-json.ts';
import { stringFrom } from '../rpc/rpc-message.ts';
import { attribute } from './attributes.ts';
import { inSpan, markFailed } from './in-span.ts';
import { isToolError, nameTool } from './request-span.ts';
import { withTraceMeta } from './trace-context.ts';

/** Sends a request to a server in a span of its own, and its context with it. `params` is the JSON of an object. */
export function inBackendSpan<T extends { readonly method: string; readonly params: string }>(
  server: string,
  request: T,
  send: (request: T) => Promise<string>,
): Promise<string> {
  const attributes: Attributes = { [attribute.mcpMethod]: request.method, [attribute.server]: server };
  return inSpan(request.method, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    const isRecording = span.isRecording();
    const tool = isRecording && request.method === 'tools/call' ? toolOf(request.params) : undefined;
    if (tool !== undefined) nameTool(request.method, tool);
    const result = await send({ ...request, params: withTraceMeta(request.params) });
    if (isRecording && isToolError(result)) markFailed(span, 'tool_error');
    return result;
  });
}

function toolOf(params: string): string | undefined {
  return stringFrom(rawMembers(params).get('name'));
}
