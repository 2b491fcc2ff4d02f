import { context, propagation, SpanKind } from '@opentelemetry/api';
import { asGuardError } from '../guard-error.ts';
import type { BackendAnswer } from '../guest/backend-calls.ts';
import { attribute, spanName } from '../telemetry/attributes.ts';
import { inSpan, isTraced, markFailed } from '../telemetry/in-span.ts';
import { recordDuration } from '../telemetry/record-duration.ts';

/** A guard's own call as it is told of. */
export interface ToldBackendCall {
  /** The guard's name in the configuration. */
  readonly guard: string;
  readonly tool: string;
  /** The context of the question. */
  readonly traceparent: string;
}

/** Sends a guard's call to the gateway, and tells of it. `send` gets the context that goes with it. */
export async function tellOfBackendCall(
  call: ToldBackendCall,
  send: (traceparent: string) => Promise<BackendAnswer>,
): Promise<BackendAnswer> {
  const begunAt = performance.now();
  let code = 'INTERNAL';
  try {
    const answer = isTraced() ? await sendInSpan(call, send) : await send(call.traceparent);
    code = codeOf(answer);
    return answer;
  } catch (error) {
    code = asGuardError(error).code;
    throw error;
  } finally {
    const attributes = { [attribute.guard]: call.guard, [attribute.backendCode]: code };
    recordDuration('backendCallDuration', begunAt, attributes);
  }
}

function sendInSpan(
  { guard, tool, traceparent }: ToldBackendCall,
  send: (traceparent: string) => Promise<BackendAnswer>,
): Promise<BackendAnswer> {
  const options = { kind: SpanKind.CLIENT, attributes: { [attribute.guard]: guard } };
  const ask = async () => {
    const carrier: { traceparent?: string } = {};
    propagation.inject(context.active(), carrier);
    return send(carrier.traceparent ?? traceparent);
  };
  return inSpan(
    spanName.callBackend,
    async (span) => {
      const answer = await ask();
      const code = codeOf(answer);
      span.setAttribute(attribute.backendCode, code);
      if (code !== 'OK') markFailed(span, code);
      // The name is the guest's to choose until the gateway has called a tool of this name: it could be anything.
      else span.updateName(`${spanName.callBackend} ${tool}`).setAttribute(attribute.tool, tool);
      return answer;
    },
    options,
  );
}

/** In the words of the guard ABI. */
function codeOf(answer: BackendAnswer): string {
  return answer instanceof Uint8Array ? 'OK' : answer.name;
}
