import type { ToolCall } from '../backend/backend.ts';
import { GatewayError } from '../gateway-error.ts';
import {
  areTooLarge,
  type Bounded,
  type Bounds,
  boundGrant,
  boundObject,
  boundOperation,
  type Overruling,
} from '../monitor/bounds.ts';
import type { Labels } from '../monitor/labels.ts';
import type { Mode } from '../monitor/mode.ts';
import type { DescribedLabels, ResponseLabels } from '../response/response-labels.ts';
import type { Guard, ResourceAnswer } from './guard.ts';
import { isResponseTooLarge } from './response-size.ts';

/** The operator's word took the place of a guard's. */
export interface Overruled {
  readonly overruling: Overruling;
  /** The tool, or the method of another request; nothing: it was about what the agent is granted. */
  readonly tool?: string;
  /** In how many labels of the answer. */
  readonly count: number;
}

/** What a guard may say, and who is told when it said something else. */
export interface GuardBounds {
  readonly bounds: Bounds;
  readonly overruled: (event: Overruled) => void;
}

/**
 * A guard within the operator's bounds: nothing behind it sees what was said outside of them. Throws INVALID_OUTPUT for
 * what is larger than it may be.
 */
export class BoundedGuard implements Guard {
  readonly grant: Labels;
  readonly #guard: Guard;
  readonly #bounds: Bounds;
  readonly #overruled: GuardBounds['overruled'];

  /** Takes the guard over: it is disposed of with this one, and where this one cannot be had. */
  constructor(guard: Guard, { bounds, overruled }: GuardBounds) {
    this.#guard = guard;
    this.#bounds = bounds;
    this.#overruled = overruled;
    try {
      this.#expectSize(areTooLarge(bounds, guard.grant));
    } catch (error) {
      guard[Symbol.dispose]();
      throw error;
    }
    const { answer, overrulings } = boundGrant(bounds, guard.grant);
    this.#tell(overrulings);
    this.grant = answer;
  }

  get digest(): string | undefined {
    return this.#guard.digest;
  }

  get mode(): Mode {
    return this.#guard.mode;
  }

  /** That a sink's responses are delivered unseen is no word against a floor on what is read. */
  get isOperatorsWord(): boolean {
    return this.#guard.isOperatorsWord && (this.#bounds.readFloor ?? []).length === 0;
  }

  async labelResource(call: ToolCall, signal: AbortSignal): Promise<ResourceAnswer> {
    const { tool } = call;
    const said = await this.#guard.labelResource(call, signal);
    this.#expectSize(areTooLarge(this.#bounds, said.resource), tool);
    const operation = boundOperation(this.#bounds, { tool, said: said.operation });
    const { description } = said.resource;
    const { answer, overrulings } = boundObject(this.#bounds, said.resource, operation.answer);
    this.#tell([...operation.overrulings, ...overrulings], tool);
    return { resource: { description, ...answer }, operation: operation.answer };
  }

  async labelResponse(call: ToolCall, result: string, signal: AbortSignal): Promise<ResponseLabels> {
    const said = await this.#guard.labelResponse(call, result, signal);
    this.#expectSize(isResponseTooLarge(this.#bounds, said), call.tool);
    const { answer, overrulings } = boundResponse(this.#bounds, said);
    this.#tell(overrulings, call.tool);
    return answer;
  }

  [Symbol.dispose](): void {
    this.#guard[Symbol.dispose]();
  }

  #expectSize(isTooLarge: boolean, tool?: string): void {
    if (!isTooLarge) return;
    this.#tell(['TOO_LARGE'], tool);
    throw new GatewayError('INVALID_OUTPUT', 'the guard said more than its bounds allow');
  }

  #tell(overrulings: readonly Overruling[], tool?: string): void {
    const counts = new Map<Overruling, number>();
    for (const overruling of overrulings) counts.set(overruling, (counts.get(overruling) ?? 0) + 1);
    for (const [overruling, count] of counts)
      this.#overruled({ overruling, count, ...(tool !== undefined && { tool }) });
  }
}

/** The labels of a response. What the write that it may be of needs was told with the resource already. */
function boundResponse(bounds: Bounds, said: ResponseLabels): Bounded<ResponseLabels> {
  const overrulings: Overruling[] = [];
  const bound = (labels: DescribedLabels | undefined): DescribedLabels | undefined => {
    if (labels === undefined) return undefined;
    const bounded = boundObject(bounds, labels, 'read');
    overrulings.push(...bounded.overrulings);
    return { description: labels.description, ...bounded.answer };
  };
  switch (said.kind) {
    case 'none':
      return { answer: said, overrulings };
    case 'items': {
      const entries = said.entries.map(({ data, labels }) => ({ data, labels: bound(labels) }));
      return { answer: { ...said, entries }, overrulings };
    }
    case 'paths': {
      const entries = said.entries.map(({ path, labels }) => ({ path, labels: bound(labels) }));
      return { answer: { ...said, entries, defaultLabels: bound(said.defaultLabels) }, overrulings };
    }
  }
}
