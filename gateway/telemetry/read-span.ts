import { SpanKind } from '@opentelemetry/api';
import { attribute, spanName } from './attributes.ts';
import { inSpan } from './in-span.ts';
import { measured } from './measured-operation.ts';
import { contextOfTraceparent } from './trace-context.ts';

/** A guard and its server, as they are configured. */
export interface GuardNames {
  readonly guard: string;
  readonly server: string;
}

/** Reads for a guard in a span of the sidecar's trace, and measures it. `tell` is told what the guard is told, as a code. */
export function inReadSpan<T>(
  { guard, server }: GuardNames,
  traceparent: string,
  work: (tell: (code: string) => void) => Promise<T>,
): Promise<T> {
  const operation = { which: 'guardRead', server, attributes: { [attribute.guard]: guard } } as const;
  return measured(operation, contextOfTraceparent(traceparent), (parent, facts) =>
    inSpan(spanName.callBackend, { kind: SpanKind.SERVER, parent }, (span) =>
      work((code) => {
        if (facts !== undefined) facts.more = { [attribute.backendCode]: code };
        if (span.isRecording()) span.setAttribute(attribute.backendCode, code);
      }),
    ),
  );
}
