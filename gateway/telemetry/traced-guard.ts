import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { ToolCall } from '../backend/backend.ts';
import type { Guard, ResourceAnswer } from '../guard/guard.ts';
import type { Labels } from '../monitor/labels.ts';
import type { Mode } from '../monitor/mode.ts';
import type { ResponseLabels } from '../response/response-labels.ts';
import { attribute, spanName } from './attributes.ts';
import { inSpan } from './in-span.ts';

/** As RPC's conventions have it: the guard's questions travel on one stream. */
const sessionRpc: Attributes = {
  [attribute.rpcSystem]: 'grpc',
  [attribute.rpcMethod]: 'sluice.labeler.v1.LabelerService/Session',
};

/** A guard in the sidecar, each question to which has a span. */
export class TracedGuard implements Guard {
  readonly #guard: Guard;
  readonly #attributes: Attributes;

  private constructor(guard: Guard, attributes: Attributes) {
    this.#guard = guard;
    this.#attributes = attributes;
  }

  /** Opens it in a span, too. `name` is the guard's in the configuration. */
  static async open(name: string, server: string, open: () => Promise<Guard>): Promise<TracedGuard> {
    const attributes = { ...sessionRpc, [attribute.guard]: name, [attribute.server]: server };
    const guard = await inSpan(spanName.labelAgent, { kind: SpanKind.CLIENT, attributes }, open);
    return new TracedGuard(guard, attributes);
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

  #ask<T>(name: string, ask: () => Promise<T>): Promise<T> {
    return inSpan(name, { kind: SpanKind.CLIENT, attributes: this.#attributes }, async (span) => {
      const labels = await ask();
      // Known for sure once it has answered: a guard may have been reloaded meanwhile.
      if (span.isRecording()) span.setAttribute(attribute.guardDigest, this.#guard.digest ?? '');
      return labels;
    });
  }
}
