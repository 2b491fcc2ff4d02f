import type { GuardedServer } from './guarded-server.ts';

/** What `GET /health` says of one server. */
interface ServerHealth {
  readonly state: 'starting' | 'ready' | 'unavailable';
  /** The name of the guard, or the built-in one. */
  readonly guard: string;
  readonly reason?: string;
}

/** A probe that is older than this is repeated, in milliseconds: health must not hammer a sidecar that is ill. */
const probeMaxAgeMs = 1_000;

/** Knows for each server whether its guard can be had, by opening a session as an agent would. */
export class Health {
  readonly #servers: readonly GuardedServer[];
  #probe: Promise<void> | undefined;
  #probedAtMs = 0;
  #hasProbed = false;

  constructor(servers: readonly GuardedServer[]) {
    this.#servers = servers;
  }

  /** The first probe; it ends when every server's guard was had or not. */
  start(): void {
    void this.#refresh();
  }

  /** 503 while starting, then 200 with each server's state. */
  async report(): Promise<{ status: number; body: object }> {
    const isStarting = !this.#hasProbed;
    if (!isStarting) await this.#refresh();
    const servers = Object.fromEntries(this.#servers.map((server) => [server.config.name, stateOf(server)]));
    return { status: isStarting ? 503 : 200, body: { status: isStarting ? 'starting' : 'ready', servers } };
  }

  #refresh(): Promise<void> {
    const isOld = performance.now() - this.#probedAtMs > probeMaxAgeMs;
    if (this.#probe === undefined || isOld) this.#probe = this.#probeAll();
    return this.#probe;
  }

  async #probeAll(): Promise<void> {
    this.#probedAtMs = Number.POSITIVE_INFINITY;
    await Promise.allSettled(this.#servers.map((server) => server.probe()));
    this.#hasProbed = true;
    this.#probedAtMs = performance.now();
  }
}

function stateOf({ config, guardState }: GuardedServer): ServerHealth {
  const guard = 'name' in config.guard ? config.guard.name : config.guard.kind;
  if (guardState === undefined) return { state: 'starting', guard };
  if (guardState.kind === 'ready') return { state: 'ready', guard };
  return { state: 'unavailable', guard, reason: guardState.reason };
}
