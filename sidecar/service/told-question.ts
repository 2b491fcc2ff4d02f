import { status } from '@grpc/grpc-js';
import { propagation, ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { asGuardError, type GuardErrorCode } from '../guard-error.ts';
import type { LabelExport } from '../guest/protocol.ts';
import { attribute } from '../telemetry/attributes.ts';
import { markFailed, tracer } from '../telemetry/in-span.ts';
import { recordDuration } from '../telemetry/record-duration.ts';
import { grpcCode } from './grpc-status.ts';

/** A question as it is told of. */
export interface ToldQuestion {
  /** The guard's name in the configuration. */
  readonly guard: string;
  readonly question: LabelExport;
  /** The asker's trace context; empty: none. */
  readonly traceparent: string;
}

/** As RPC's conventions have it: the questions travel on one stream. */
const sessionRpc = {
  [attribute.rpcSystem]: 'grpc',
  [attribute.rpcMethod]: 'sluice.labeler.v1.LabelerService/Session',
};

/** Answers one question, and tells of it: in a span under the asker's, and how long it took. */
export function tellOfQuestion<T>(
  { guard, question, traceparent }: ToldQuestion,
  answer: () => Promise<T>,
): Promise<T> {
  const begunAt = performance.now();
  const attributes = { [attribute.guard]: guard, [attribute.guardQuestion]: question };
  const options = { kind: SpanKind.SERVER, attributes };
  const asker = traceparent === '' ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
  return tracer.startActiveSpan(`${question} ${guard}`, options, asker, async (span) => {
    let failure: GuardErrorCode | undefined;
    try {
      return await answer();
    } catch (error) {
      failure = asGuardError(error).code;
      throw error;
    } finally {
      const outcome = failure === undefined ? {} : { [attribute.errorType]: failure };
      recordDuration('labelingDuration', begunAt, { ...attributes, ...outcome });
      if (span.isRecording()) {
        const code = failure === undefined ? status.OK : grpcCode[failure];
        span.setAttributes({ ...sessionRpc, [attribute.responseStatus]: status[code] });
        if (failure !== undefined) markFailed(span, failure);
      }
      span.end();
    }
  });
}
