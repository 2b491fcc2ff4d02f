import { type Attributes, context, SpanKind } from '@opentelemetry/api';
import { attribute } from './attributes.ts';
import { inSpan, markFailed } from './in-span.ts';
import { measured } from './measured-operation.ts';
import { methodName } from './method-name.ts';
import { isToolError, namedTool, nameTool } from './request-span.ts';
import { withTraceMeta } from './trace-context.ts';

/** A server as spans name it. */
export interface ToldServer {
  /** In the configuration. */
  readonly name: string;
  /** How it is reached (`networkOf`). */
  readonly network: Attributes;
}

/**
 * Sends a request to a server in a span of its own, and its context with it; measures how long the server took. `params` is
 * the JSON of an object.
 */
export function inBackendSpan<T extends { readonly method: string; readonly params: string }>(
  { name: server, network }: ToldServer,
  request: T,
  send: (request: T) => Promise<string>,
): Promise<string> {
  const name = methodName(request.method);
  const method = { [attribute.mcpMethod]: name };
  const attributes: Attributes = { ...method, ...network, [attribute.server]: server };
  const tool = request.method === 'tools/call' ? namedTool() : undefined;
  const operation = { which: 'clientOperation', server, attributes: method } as const;
  return measured(operation, context.active(), (parent, facts) =>
    inSpan(name, { kind: SpanKind.CLIENT, attributes, parent }, async (span) => {
      const isTold = span.isRecording() || facts !== undefined;
      if (tool !== undefined) nameTool(request.method, tool);
      const result = await send({ ...request, params: withTraceMeta(request.params) });
      if (isTold && isToolError(result)) {
        markFailed(span, 'tool_error');
        if (facts !== undefined) facts.errorType = 'tool_error';
      }
      return result;
    }),
  );
}
