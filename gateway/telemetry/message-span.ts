import { context, SpanKind } from '@opentelemetry/api';
import { attribute } from './attributes.ts';
import { inSpan } from './in-span.ts';
import { aside } from './measured-operation.ts';
import { messageName } from './method-name.ts';

/**
 * Judges what was said without a client's request in a span of its own: within the request that it belongs to, where it
 * came with one, and in a trace of its own otherwise. `name` is what a guard knows it by.
 */
export function inMessageSpan<T>(name: string, server: string, judge: () => Promise<T>): Promise<T> {
  const { method, ending } = messageName(name);
  const attributes = { [attribute.mcpMethod]: method, [attribute.server]: server };
  const options = { kind: SpanKind.CONSUMER, attributes, parent: aside(context.active(), server) };
  return inSpan(`${method}${ending}`, options, judge);
}
