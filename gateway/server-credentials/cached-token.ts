import type { BearerSource } from '../server-transport/bearer-source.ts';
import { detached } from '../telemetry/trace-context.ts';
import { until } from '../until.ts';
import type { BearerToken, FetchToken } from './bearer-token.ts';

/** A token is replaced so long before it expires: a request with it may be under way for a while. */
const marginMs = 60_000;

/** How long one is used whose issuer does not say when it expires. */
const unknownLifeMs = 5 * 60_000;

/** No token is used for longer, whatever its issuer says: what was taken back must come to an end. */
const longestLifeMs = 24 * 3_600_000;

/** A token that was refused so soon after it was fetched is not at fault: its issuer is not asked again for each request. */
const renewalMs = 30_000;

/** How long an issuer may take to answer. */
const fetchMs = 10_000;

/** The token for a server: fetched when it is needed, by one request at a time, and kept until shortly before it expires. */
export class CachedToken implements BearerSource {
  readonly #fetch: FetchToken;
  readonly #now: () => number;
  #token:
    | { readonly value: string; readonly fetchedAtMs: number; readonly usableUntilMs: number }
    | undefined;
  #fetching: Promise<string> | undefined;

  /** `now` is in milliseconds since 1970. */
  constructor(fetch: FetchToken, now: () => number = Date.now) {
    this.#fetch = fetch;
    this.#now = now;
  }

  async token(signal: AbortSignal): Promise<string> {
    const known = this.#token;
    if (known !== undefined && this.#now() < known.usableUntilMs) return known.value;
    return until(this.#fetched(), signal);
  }

  async renewed(refused: string, signal: AbortSignal): Promise<string | undefined> {
    const known = this.#token;
    if (known?.value === refused) {
      if (this.#now() - known.fetchedAtMs < renewalMs) return undefined;
      this.#token = undefined;
    }
    const value = await this.token(signal);
    return value === refused ? undefined : value;
  }

  /** Everybody who waits has the same fetch, so it ends by its own time only, and takes no agent's trace to the issuer. */
  #fetched(): Promise<string> {
    this.#fetching ??= detached(() => this.#fetch(AbortSignal.timeout(fetchMs)))
      .then((token) => this.#keep(token))
      .finally(() => {
        this.#fetching = undefined;
      });
    return this.#fetching;
  }

  #keep({ value, expiresAtMs }: BearerToken): string {
    const fetchedAtMs = this.#now();
    const lifeMs = Math.min((expiresAtMs ?? fetchedAtMs + unknownLifeMs) - fetchedAtMs, longestLifeMs);
    // A token that lives for a minute or two is used for half of its life.
    const marginOfItsMs = expiresAtMs === undefined ? 0 : Math.min(marginMs, lifeMs / 2);
    this.#token = { value, fetchedAtMs, usableUntilMs: fetchedAtMs + lifeMs - marginOfItsMs };
    return value;
  }
}
