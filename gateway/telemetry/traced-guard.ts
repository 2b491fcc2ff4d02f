import { type Attributes, context, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { ToolCall } from '../backend/backend.ts';
import type { Guard, ResourceAnswer } from '../guard/guard.ts';
import type { Labels } from '../monitor/labels.ts';
import type { Mode } from '../monitor/mode.ts';
import type { ResponseLabels } from '../response/response-labels.ts';
import { attribute, spanName } from './attributes.ts';
import { inSpan } from './in-span.ts';
import { measured } from './measured-operation.ts';
import { networkOfSidecar } from './network-attributes.ts';

/** As RPC's conventions have it: the guard's questions travel on one stream. */
const sessionRpc: Attributes = {
  [attribute.rpcSystem]: 'grpc',
  [attribute.rpcMethod]: 'sluice.labeler.v1.LabelerService/Session',
};

/** A guard of the configuration, and the server that it guards. */
interface AskedGuard {
  readonly name: string;
  readonly server: string;
}

type QuestionSpan = (typeof spanName)['labelAgent' | 'labelResource' | 'labelResponse'];

/** A guard in the sidecar, each question to which has a span and is measured. */
export class TracedGuard implements Guard {
  readonly #guard: Guard;
  readonly #asked: AskedGuard;

  private constructor(guard: Guard, asked: AskedGuard) {
    this.#guard = guard;
    this.#asked = asked;
  }

  /** Opens it in a span, too. `name` is the guard's in the configuration. */
  static async open(name: string, server: string, open: () => Promise<Guard>): Promise<TracedGuard> {
    const asked = { name, server };
    return new TracedGuard(await inQuestion(asked, spanName.labelAgent, open), asked);
  }

  get grant(): Labels {
    return this.#guard.grant;
  }

  get mode(): Mode {
    return this.#guard.mode;
  }

  get digest(): string | undefined {
    return this.#guard.digest;
  }

  get isOperatorsWord(): boolean {
    return this.#guard.isOperatorsWord;
  }

  labelResource(call: ToolCall, signal: AbortSignal): Promise<ResourceAnswer> {
    return this.#ask(spanName.labelResource, () => this.#guard.labelResource(call, signal));
  }

  labelResponse(call: ToolCall, result: string, signal: AbortSignal): Promise<ResponseLabels> {
    return this.#ask(spanName.labelResponse, () => this.#guard.labelResponse(call, result, signal));
  }

  [Symbol.dispose](): void {
    this.#guard[Symbol.dispose]();
  }

  #ask<T>(name: QuestionSpan, ask: () => Promise<T>): Promise<T> {
    return inQuestion(this.#asked, name, async (span) => {
      const labels = await ask();
      // Known for sure once it has answered: a guard may have been reloaded meanwhile.
      if (span.isRecording()) span.setAttribute(attribute.guardDigest, this.#guard.digest ?? '');
      return labels;
    });
  }
}

/** The question that the active span is about goes to the sidecar of this address. */
export function noteSidecar(address: string): void {
  trace.getActiveSpan()?.setAttributes(networkOfSidecar(address));
}

/** Asks a question in a span of its own, and measures how long the answer took. */
function inQuestion<T>(
  { name, server }: AskedGuard,
  question: QuestionSpan,
  ask: (span: Span) => Promise<T>,
): Promise<T> {
  const named = { [attribute.guard]: name };
  const attributes = { ...named, [attribute.guardQuestion]: question.replace('guard.', '') };
  return measured({ which: 'guardQuestion', server, attributes }, context.active(), (parent) => {
    const spanned = { ...sessionRpc, ...named, [attribute.server]: server };
    return inSpan(question, { kind: SpanKind.CLIENT, attributes: spanned, parent }, ask);
  });
}
