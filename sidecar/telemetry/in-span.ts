import {
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { asGuardError } from '../guard-error.ts';
import { version } from '../version.ts';
import { attribute } from './attributes.ts';

/** Asks whoever is there when the first span begins; without one, spans cost next to nothing and are nobody's. */
export const tracer = trace.getTracer('sluice-sidecar', version);

/** Whether somebody is told of the question that is worked on. */
export function isTraced(): boolean {
  return trace.getActiveSpan()?.isRecording() === true;
}

/** Does a part of a traced question's work in a span of its own, which ends with it. */
export function inSpan<T>(
  name: string,
  work: (span: Span) => Promise<T>,
  options: SpanOptions = {},
): Promise<T> {
  return tracer.startActiveSpan(name, options, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      markFailed(span, asGuardError(error).code);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Does what outlives the question that it is done for, outside of its trace. */
export function detached<T>(start: () => T): T {
  return context.with(ROOT_CONTEXT, start);
}

/** A span that did not end as it should. Only its reason is told: the sentence may hold words of the guard. */
export function markFailed(span: Span, reason: string): void {
  span.setAttribute(attribute.errorType, reason);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
