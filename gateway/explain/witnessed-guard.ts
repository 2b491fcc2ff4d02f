import type { ToolCall } from '../backend/backend.ts';
import type { Guard, ResourceAnswer } from '../guard/guard.ts';
import type { Labels } from '../monitor/labels.ts';
import type { Mode } from '../monitor/mode.ts';
import type { ResponseLabels } from '../response/response-labels.ts';

/** A guard, and what it has said last. */
export class WitnessedGuard implements Guard {
  readonly #guard: Guard;
  resource: ResourceAnswer | undefined;
  response: ResponseLabels | undefined;

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  get grant(): Labels {
    return this.#guard.grant;
  }

  get mode(): Mode {
    return this.#guard.mode;
  }

  get isOperatorsWord(): boolean {
    return this.#guard.isOperatorsWord;
  }

  async labelResource(call: ToolCall, signal: AbortSignal): Promise<ResourceAnswer> {
    this.resource = await this.#guard.labelResource(call, signal);
    return this.resource;
  }

  async labelResponse(call: ToolCall, result: string, signal: AbortSignal): Promise<ResponseLabels> {
    this.response = await this.#guard.labelResponse(call, result, signal);
    return this.response;
  }

  [Symbol.dispose](): void {
    this.#guard[Symbol.dispose]();
  }
}
