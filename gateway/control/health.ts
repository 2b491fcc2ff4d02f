import type { AuditTrail } from '../audit/audit-trail.ts';
import type { SidecarHealth } from '../guard/labeler.ts';
import type { GuardedServer } from '../guarded-server.ts';
import { unsampled } from '../telemetry/trace-context.ts';
import { until } from '../until.ts';

/** What `GET /health` says of one server. */
export interface ServerHealth {
  readonly state: 'starting' | 'ready' | 'unavailable';
  /** The name of the guard, or the built-in one. */
  readonly guard: string;
  readonly reason?: string;
}

/** What it knows of besides servers. */
export interface HealthParts {
  readonly sidecars?: (() => Readonly<Record<string, SidecarHealth>>) | undefined;
  readonly audit?: AuditTrail | undefined;
}

/** A probe that is older than this is repeated, in milliseconds: health must not hammer a sidecar that is ill. */
const probeMaxAgeMs = 1_000;
/** How long an answer waits for a guard, in milliseconds: whoever asks must not wait for a sidecar that is away. */
const patienceMs = 1_000;

/** Knows for each server whether its guard can be had, by opening a session as an agent would. */
export class Health {
  readonly #servers: readonly GuardedServer[];
  readonly #sidecars: () => Readonly<Record<string, SidecarHealth>>;
  readonly #audit: AuditTrail | undefined;
  /** Those whose probe is under way. */
  readonly #probed = new Set<GuardedServer>();
  #probe: Promise<void> | undefined;
  #probedAtMs = 0;
  #hasProbed = false;

  constructor(servers: readonly GuardedServer[], { sidecars, audit }: HealthParts = {}) {
    this.#servers = servers;
    this.#sidecars = sidecars ?? (() => ({}));
    this.#audit = audit;
  }

  /** The first probe; it ends when every server's guard was had or not. */
  start(): void {
    void this.#refresh();
  }

  /** 503 while starting, then 200 with each server's state, and each configured sidecar's. */
  async report(): Promise<{ status: number; body: object }> {
    if (!this.#hasProbed)
      return {
        status: 503,
        body: { status: 'starting', servers: this.states(), ...this.sidecars, ...this.#trail() },
      };
    return {
      status: 200,
      body: { status: 'ready', servers: await this.servers(), ...this.sidecars, ...this.#trail() },
    };
  }

  /** `sidecars` with the state of each, by address; nothing where none are configured, or none is asked. */
  get sidecars(): { readonly sidecars?: Readonly<Record<string, SidecarHealth>> } {
    const sidecars = this.#sidecars();
    return Object.keys(sidecars).length === 0 ? {} : { sidecars };
  }

  /** Whether every server's guard was had or not, once. */
  get hasProbed(): boolean {
    return this.#hasProbed;
  }

  /** Each server's state as it was last, by name. */
  states(): Record<string, ServerHealth> {
    return this.#states(stateOf);
  }

  /** Each server's state now, by name. */
  async servers(): Promise<Record<string, ServerHealth>> {
    if (!this.#hasProbed) return this.states();
    await until(this.#refresh(), AbortSignal.timeout(patienceMs)).catch(() => undefined);
    return this.#states((server) => (this.#probed.has(server) ? silent(server) : stateOf(server)));
  }

  /** Numbers only: anybody may ask. */
  #trail(): object {
    if (this.#audit === undefined) return {};
    const { isWritable: writable, lost } = this.#audit.figures;
    return { audit: { writable, lost } };
  }

  #states(state: (server: GuardedServer) => ServerHealth): Record<string, ServerHealth> {
    return Object.fromEntries(this.#servers.map((server) => [server.config.name, state(server)]));
  }

  #refresh(): Promise<void> {
    const isOld = performance.now() - this.#probedAtMs > probeMaxAgeMs;
    if (this.#probe === undefined || isOld) this.#probe = this.#probeAll();
    return this.#probe;
  }

  async #probeAll(): Promise<void> {
    this.#probedAtMs = Number.POSITIVE_INFINITY;
    await Promise.all(this.#servers.map((server) => this.#probeOne(server)));
    this.#hasProbed = true;
    this.#probedAtMs = performance.now();
  }

  async #probeOne(server: GuardedServer): Promise<void> {
    this.#probed.add(server);
    // Its failure is the state that it has from now on. Whoever asks often would fill the traces with probes.
    await unsampled(() => server.probe()).catch(() => undefined);
    this.#probed.delete(server);
  }
}

function stateOf(server: GuardedServer): ServerHealth {
  const guard = guardName(server);
  const state = server.guardState;
  if (state === undefined) return { state: 'starting', guard };
  if (state.kind === 'unavailable') return { state: 'unavailable', guard, reason: state.reason };
  if (server.isReached !== false) return { state: 'ready', guard };
  return { state: 'unavailable', guard, reason: 'the server cannot be reached; the log says why' };
}

/** What it was before is not what it is now. */
function silent(server: GuardedServer): ServerHealth {
  const reason = `the guard has not answered for ${patienceMs} ms`;
  return { state: 'unavailable', guard: guardName(server), reason };
}

/** The name of a server's guard, or of the built-in one. */
export function guardName({ config }: GuardedServer): string {
  return 'name' in config.guard ? config.guard.name : config.guard.kind;
}
