import { type Attributes, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { Outcome } from '../outcome.ts';
import { rawMembers } from '../rpc/raw-json.ts';
import { attribute } from './attributes.ts';
import { inSpan, markFailed } from './in-span.ts';
import { count, isMeasuring } from './instruments.ts';
import { measured, operationFacts } from './measured-operation.ts';
import { methodName } from './method-name.ts';
import { overHttp, overStdio } from './network-attributes.ts';
import { cameOverHttp, contextOfParams } from './trace-context.ts';

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
  /** Of MCP; undefined where it is not known. */
  readonly revision?: string;
}

/** Answers a client's request in a span of its own, in the client's trace, and measures how long it took. */
export function inRequestSpan<T>(
  { id, method, params = '{}', server, session, revision }: SpannedRequest,
  work: () => Promise<T>,
): Promise<T> {
  const name = methodName(method);
  const attributes: Attributes = {
    [attribute.mcpMethod]: name,
    [attribute.requestId]: plainId(id),
    [attribute.server]: server,
    ...(cameOverHttp() ? overHttp : overStdio),
  };
  if (revision !== undefined) attributes[attribute.mcpRevision] = revision;
  if (session !== undefined) attributes[attribute.mcpSession] = session;
  const operation = {
    which: 'serverOperation',
    server,
    attributes: { [attribute.mcpMethod]: name },
  } as const;
  return measured(operation, contextOfParams(params), (parent) =>
    inSpan(name, { kind: SpanKind.SERVER, attributes, parent }, work),
  );
}

/** Of an id that a client made up, in characters: those that libraries make are shorter, and a longer one is nobody's help. */
const maxIdChars = 64;

/** An id as the conventions have it: that of a text without its quotes. */
function plainId(id: string): string {
  const text = id.startsWith('"') ? String(JSON.parse(id)) : id;
  return text.slice(0, maxIdChars).toWellFormed();
}

/** What tool a span is about. The API does not tell what was said to it. */
const toolsBySpan = new WeakMap<Span, string>();

/** The active span, and what is measured, is about a tool that the server is known to have: any other name is an agent's words. */
export function nameTool(method: string, tool: string): void {
  const facts = operationFacts();
  if (facts !== undefined) facts.tool = tool;
  const span = trace.getActiveSpan();
  if (span?.isRecording() !== true) return;
  span.updateName(`${method} ${tool}`);
  span.setAttributes({ [attribute.tool]: tool, [attribute.operation]: 'execute_tool' });
  toolsBySpan.set(span, tool);
}

/** The tool that the active span, or what is measured, is about, where it is known. */
export function namedTool(): string | undefined {
  const measuredTool = operationFacts()?.tool;
  if (measuredTool !== undefined) return measuredTool;
  const span = trace.getActiveSpan();
  return span && toolsBySpan.get(span);
}

/** The active span, and what is measured, is about judged work, which ended like this. */
export function noteOutcome(
  outcome: Outcome,
  { principal, server }: { readonly principal: string; readonly server: string },
): void {
  const span = trace.getActiveSpan();
  const isRecording = span?.isRecording() === true;
  if (!isRecording && !isMeasuring()) return;
  // Whoever has called a tool gets each of these as a result that is an error, which the conventions call by one name.
  const isError = outcome.kind !== 'result' || isToolError(outcome.text);
  const reason = outcome.kind === 'result' ? {} : { [attribute.reason]: outcome.reason };
  count('decisions', 1, { [attribute.server]: server, [attribute.outcome]: outcome.kind, ...reason });
  const facts = operationFacts();
  if (facts !== undefined) {
    facts.outcome = outcome.kind;
    facts.errorType = isError ? 'tool_error' : undefined;
  }
  if (!isRecording) return;
  span.setAttributes({ [attribute.outcome]: outcome.kind, [attribute.principal]: principal, ...reason });
  if (isError) markFailed(span, 'tool_error');
}

/** Whether a result says that the tool has failed. */
export function isToolError(result: string): boolean {
  return result.includes('"isError"') && rawMembers(result).get('isError') === 'true';
}
