import {
  type Context,
  context,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { GatewayError } from '../gateway-error.ts';
import { AnswerError } from '../rpc/answer-error.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import { version } from '../version.ts';
import { attribute } from './attributes.ts';

/** Asks whoever is there when the first span begins; without one, spans cost next to nothing and are nobody's. */
const tracer = trace.getTracer('sluice-gateway', version);

/** Does work in a span of its own, which ends with it. What fails is marked by its code: its words may be payloads. */
export function inSpan<T>(
  name: string,
  { parent = context.active(), ...options }: SpanOptions & { readonly parent?: Context },
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(name, options, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      markFailed(span, errorType(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The same for work that takes no time to speak of, and does not fail. */
export function whileInSpan<T>(name: string, work: (span: Span) => T): T {
  const span = tracer.startSpan(name);
  try {
    return work(span);
  } finally {
    span.end();
  }
}

/** A span that did not end as it should. */
export function markFailed(span: Span, type: string): void {
  span.setAttribute(attribute.errorType, type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The code of what was thrown: ours, or JSON-RPC's where a server has answered with one. */
export function errorType(error: unknown): string {
  if (error instanceof GatewayError)
    return error.cause instanceof AnswerError ? errorType(error.cause) : error.code;
  if (error instanceof AnswerError || error instanceof RpcError) return String(error.code);
  return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : '_OTHER';
}
