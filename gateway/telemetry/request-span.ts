import { type Attributes, SpanKind, trace } from '@opentelemetry/api';
import type { Outcome } from '../outcome.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { attribute } from './attributes.ts';
import { inSpan, markFailed } from './in-span.ts';
import { contextOfParams } from './trace-context.ts';

/** A client's request, as far as its span says something of it. */
export interface SpannedRequest {
  /** The JSON of its id. */
  readonly id: string;
  readonly method: string;
  readonly params?: string | undefined;
  /** The server's name in the configuration. */
  readonly server: string;
  /** The MCP session; undefined where there is none. */
  readonly session?: string;
  readonly revision: string;
}

/** Answers a client's request in a span of its own, in the client's trace. */
export function inRequestSpan<T>(
  { id, method, params = '{}', server, session, revision }: SpannedRequest,
  work: () => Promise<T>,
): Promise<T> {
  const attributes: Attributes = {
    [attribute.mcpMethod]: method,
    [attribute.mcpRevision]: revision,
    [attribute.requestId]: id,
    [attribute.server]: server,
  };
  if (session !== undefined) attributes[attribute.mcpSession] = session;
  return inSpan(method, { kind: SpanKind.SERVER, attributes, parent: contextOfParams(params) }, work);
}

/** The active span is about a tool that the server is known to have. */
export function nameTool(method: string, tool: string): void {
  const span = trace.getActiveSpan();
  if (span?.isRecording() !== true) return;
  span.updateName(`${method} ${tool}`);
  span.setAttributes({ [attribute.tool]: tool, [attribute.operation]: 'execute_tool' });
}

/** The active span is about judged work, which ended like this. */
export function noteOutcome(outcome: Outcome, principal: string): void {
  const span = trace.getActiveSpan();
  if (span?.isRecording() !== true) return;
  span.setAttributes({ [attribute.outcome]: outcome.kind, [attribute.principal]: principal });
  if (outcome.kind !== 'result') span.setAttribute(attribute.reason, outcome.reason);
  // Whoever has called a tool gets each of these as a result that is an error, which the conventions call by one name.
  if (outcome.kind !== 'result' || isToolError(outcome.text)) markFailed(span, 'tool_error');
}

/** Whether a result says that the tool has failed. */
export function isToolError(result: string): boolean {
  return result.includes('"isError"') && rawMembers(result).get('isError') === 'true';
}
