import { type ToolDefinition, withoutOutputSchema } from '../backend/tool-definition.ts';
import type { ServerConfig } from '../config/gateway-config.ts';
import type { Caller } from '../http/caller.ts';
import type { Log } from '../log.ts';
import type { Outcome } from '../outcome.ts';
import { attribute } from '../telemetry/attributes.ts';
import { tellLevel } from '../telemetry/instruments.ts';
import type { JqWorker } from './jq-worker.ts';
import type { PayloadSpill } from './payload-spill.ts';
import { RateLimitBreaker } from './rate-limit-breaker.ts';
import { ResponseFilters } from './response-filters.ts';

/** What the shaping of all servers shares. */
export interface ShapingParts {
  readonly jq: JqWorker;
  readonly spill: PayloadSpill | undefined;
  readonly log: Log;
  /** Milliseconds, from a clock that never goes back. */
  readonly now: () => number;
}

/** Carries a call out: the server's result as JSON text. */
type Perform = (signal: AbortSignal) => Promise<string>;

/** What is done around one tool call; to be disposed with it. */
export interface CallShaping extends Disposable {
  /** The same call, whose answer the breaker learns from. */
  around(perform: Perform): Perform;
  /** The outcome as the agent gets it. Throws FILTER_FAILED or PAYLOAD_FAILED. */
  shape(outcome: Outcome, signal: AbortSignal): Promise<Outcome>;
}

/** What is done to the tool calls of one server besides judging them: rate limits, filters, large results. */
export class ServerShaping {
  readonly #filters: ResponseFilters;
  readonly #breaker: RateLimitBreaker | undefined;
  readonly #spill: PayloadSpill | undefined;

  constructor(
    { name, responseFilters, rateLimitBreaker }: ServerConfig,
    { jq, spill, log, now }: ShapingParts,
  ) {
    this.#filters = new ResponseFilters(responseFilters, jq);
    this.#spill = spill;
    const tellBreaker = (isOpen: boolean) =>
      tellLevel('breakerOpen', isOpen ? 1 : 0, { [attribute.server]: name });
    const onChange = (change: { readonly openForMs: number } | 'closed') => {
      tellBreaker(change !== 'closed');
      const words =
        change === 'closed'
          ? 'takes calls again'
          : `is left alone for ${Math.ceil(change.openForMs / 1000)} s`;
      log.write('warn', `the server said that its rate limit is exceeded: it ${words}`, { server: name });
    };
    if (rateLimitBreaker !== undefined) tellBreaker(false);
    this.#breaker = rateLimitBreaker && new RateLimitBreaker(rateLimitBreaker, { now, onChange });
  }

  /** A tool as it can be promised: what is rewritten here keeps to no output schema. */
  promised(tool: ToolDefinition): ToolDefinition {
    const isRewritten = this.#spill !== undefined || this.#filters.concern(tool.name);
    return isRewritten ? withoutOutputSchema(tool) : tool;
  }

  /** Before anything else is done for a call. Throws RATE_LIMITED while the server is left alone. */
  begin(tool: string, caller: Caller): CallShaping {
    const attempt = this.#breaker?.enter();
    return {
      around: (perform) => async (signal) => {
        const result = await perform(signal);
        attempt?.note(result);
        return result;
      },
      shape: (outcome, signal) => this.#shape(outcome, { tool, caller }, signal),
      [Symbol.dispose]: () => attempt?.[Symbol.dispose](),
    };
  }

  async #shape(
    outcome: Outcome,
    { tool, caller }: { tool: string; caller: Caller },
    signal: AbortSignal,
  ): Promise<Outcome> {
    if (outcome.kind !== 'result') return outcome;
    const filtered = await this.#filters.apply(tool, outcome, signal);
    const isChanged = outcome.isChanged || filtered !== outcome.text;
    const text = (await this.#spill?.apply({ text: filtered, isChanged }, caller)) ?? filtered;
    return { kind: 'result', text, isChanged: isChanged || text !== filtered };
  }
}
