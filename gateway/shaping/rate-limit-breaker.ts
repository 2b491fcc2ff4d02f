import type { RateLimitBreakerConfig } from '../config/gateway-config.ts';
import { GatewayError } from '../gateway-error.ts';
import { rateLimitOf } from './rate-limit-result.ts';

/** A call that was let through. Disposed without a result it says nothing about the server, and makes room for another. */
export interface Attempt extends Disposable {
  /** Told what the server answered: a tool result as JSON. */
  note(result: string): void;
}

/** What a breaker is made of. */
export interface BreakerParts {
  /** Milliseconds, from a clock that never goes back. */
  readonly now: () => number;
  /** Told when it opens, for how long, and when it closes. */
  readonly onChange: (change: { readonly openForMs: number } | 'closed') => void;
}

type State =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly untilMs: number }
  /** One call at a time finds out whether the server takes calls again. */
  | { readonly kind: 'half-open'; probe: { readonly startedMs: number } | undefined };

/** A probe without an answer for so long, in milliseconds, keeps no other from trying: as in gh-aw's gateway. */
const strandedProbeMs = 30_000;

/** Refuses calls to a server that said, several times in a row, that it is called too often. One for all agents. */
export class RateLimitBreaker {
  readonly #config: RateLimitBreakerConfig;
  readonly #parts: BreakerParts;
  #state: State = { kind: 'closed' };
  #limitsInARow = 0;
  /** When the server said that its limit ends. */
  #resetMs = Number.NEGATIVE_INFINITY;
  /** Grows with each opening and closing: an answer to a call from before is no news. */
  #era = 0;

  constructor(config: RateLimitBreakerConfig, parts: BreakerParts) {
    this.#config = config;
    this.#parts = parts;
  }

  /** Lets a call through. Throws RATE_LIMITED while the server is left alone. */
  enter(): Attempt {
    const now = this.#parts.now();
    const probe = this.#admit(now);
    const era = this.#era;
    return {
      note: (result) => {
        if (era === this.#era) this.#learn(result);
      },
      [Symbol.dispose]: () => {
        if (probe !== undefined && this.#state.kind === 'half-open' && this.#state.probe === probe)
          this.#state.probe = undefined;
      },
    };
  }

  #admit(now: number): { readonly startedMs: number } | undefined {
    if (this.#state.kind === 'closed') return undefined;
    if (this.#state.kind === 'open') {
      if (now < this.#state.untilMs) throw this.#refusal(this.#state.untilMs - now);
      this.#state = { kind: 'half-open', probe: undefined };
    }
    const { probe } = this.#state;
    if (probe !== undefined && now - probe.startedMs <= strandedProbeMs)
      throw this.#refusal(probe.startedMs + strandedProbeMs - now);
    this.#state.probe = { startedMs: now };
    return this.#state.probe;
  }

  #refusal(waitMs: number): GatewayError {
    const seconds = Math.ceil(waitMs / 1000);
    return new GatewayError(
      'RATE_LIMITED',
      `not called: the server said that its rate limit is exceeded; tried again in ${seconds} s at the latest`,
    );
  }

  #learn(result: string): void {
    const limit = rateLimitOf(result);
    if (limit === undefined) {
      this.#limitsInARow = 0;
      if (this.#state.kind !== 'closed') this.#close();
      return;
    }
    const now = this.#parts.now();
    if (limit.resetInMs !== undefined) this.#resetMs = now + limit.resetInMs;
    this.#limitsInARow++;
    if (this.#state.kind === 'half-open' || this.#limitsInARow >= this.#config.threshold) this.#open(now);
  }

  #open(now: number): void {
    const untilMs = this.#resetMs > now ? this.#resetMs : now + this.#config.cooldownMs;
    this.#state = { kind: 'open', untilMs };
    this.#era++;
    this.#parts.onChange({ openForMs: untilMs - now });
  }

  #close(): void {
    this.#state = { kind: 'closed' };
    this.#resetMs = Number.NEGATIVE_INFINITY;
    this.#era++;
    this.#parts.onChange('closed');
  }
}
