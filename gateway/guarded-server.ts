import { Backend, type BackendClient, ownHello } from './backend/backend.ts';
import type { LinkListener, ServerLink } from './backend/server-link.ts';
import type { ServerConfig } from './config/gateway-config.ts';
import { AgentLinks } from './eras/agent-links.ts';
import { EraLink } from './eras/era-link.ts';
import { LegacyToModernLink } from './eras/legacy-to-modern-link.ts';
import type { ModernClient } from './eras/modern-link.ts';
import { ownEraFirst } from './eras/own-era-first.ts';
import { requestEra } from './eras/request-era.ts';
import { asGatewayError, GatewayError } from './gateway-error.ts';
import { BoundedGuard, type Overruled } from './guard/bounded-guard.ts';
import { noLabels, noopGuard, writeSinkGuard } from './guard/built-in-guards.ts';
import type { Guard } from './guard/guard.ts';
import type { Labeler } from './guard/labeler.ts';
import { type GuardOverruled, noteOverruled } from './guard/note-overruled.ts';
import { readForGuard } from './guard/read-for-guard.ts';
import { RemoteGuard } from './guard/remote-guard.ts';
import type { Caller } from './http/caller.ts';
import { InUse } from './in-use.ts';
import type { Log } from './log.ts';
import { ModernBackend } from './modern-server/modern-backend.ts';
import type { Labels } from './monitor/labels.ts';
import type { Mode } from './monitor/mode.ts';
import { SharedLink, SharedListeners } from './relay/shared-link.ts';
import { faultOf, saidOf } from './said-of.ts';
import type { HttpWay } from './server-transport/http-way.ts';
import type { MakeTransport } from './server-transport/server-transport.ts';
import { networkOf } from './telemetry/network-attributes.ts';
import { TracedGuard } from './telemetry/traced-guard.ts';

/** How long it is tried to reach a server again, for `GET /health`, in milliseconds. */
const reachMs = 10_000;

/** Whether a server's guard can be had, for `GET /health`. */
export type GuardState =
  | { readonly kind: 'ready'; readonly mode?: Mode; readonly digest?: string | undefined }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** What a guarded server is made of. */
interface ServerParts {
  readonly transport: MakeTransport;
  /** Where it is a server over HTTP. */
  readonly http?: HttpWay | undefined;
  readonly labeler: Labeler;
  readonly log: Log;
  /** Told of each overruling of its guard, besides the log. */
  readonly overruled?: (event: GuardOverruled) => void;
  /** Reads for its guard; undefined: as `readForGuard` does. */
  readonly read?: typeof readForGuard;
}

/** One configured server: its backend, and its guard for each agent. */
export class GuardedServer implements AsyncDisposable {
  readonly config: ServerConfig;
  /** What is under way at it. */
  readonly inUse = new InUse();
  /** The gateway's own way to the server: what guards read comes over it, and what clients share. */
  readonly #ownLink: ServerLink;
  readonly #transport: MakeTransport;
  readonly #listeners = new SharedListeners();
  /** Where the server may be one without sessions. */
  readonly #modern: ModernBackend | undefined;
  readonly #agentLinks: AgentLinks;
  readonly #labeler: Labeler;
  readonly #log: Log;
  readonly #overruled: (event: GuardOverruled) => void;
  readonly #read: typeof readForGuard;
  #guardState: GuardState | undefined;
  #isReached: boolean | undefined;
  #toolCount: number | undefined;
  readonly #reached = (isReached: boolean) => {
    this.#isReached = isReached;
  };

  constructor(config: ServerConfig, parts: ServerParts) {
    this.config = config;
    this.#transport = parts.transport;
    this.#modern = parts.http && new ModernBackend(config.name, parts.http, this.#reached);
    this.#agentLinks = new AgentLinks((listener) => this.#agentLink(listener));
    this.#labeler = parts.labeler;
    this.#log = parts.log;
    this.#overruled = (event) => {
      noteOverruled(parts.log, event);
      parts.overruled?.(event);
    };
    this.#read = parts.read ?? readForGuard;
    this.#ownLink = this.#connect({ hello: () => ownHello, listener: this.#listeners });
  }

  /** The way to the server for one client's session. */
  openLink(client: BackendClient): ServerLink {
    if (this.config.connection === 'session') return this.#connect(client);
    return new SharedLink(this.#ownLink, this.#listeners, client.listener);
  }

  /** The way to the server for one request of a client without sessions, until it is disposed of. */
  openModernLink(client: ModernClient & { caller: Caller }): ServerLink {
    return new EraLink(requestEra(client, { modern: this.#modern, agentLinks: this.#agentLinks }));
  }

  /** Ends what is kept for an agent without sessions, whose agent session has ended; how much there was. */
  endSessionsOf(caller: Caller): number {
    return this.#agentLinks.endOf(caller);
  }

  /** What the guard was at the last try to open it; nothing before the first. */
  get guardState(): GuardState | undefined {
    return this.#guardState;
  }

  /** The guard for one agent, which `agent` gives the labels of. Throws the GatewayError of a guard that cannot be had. */
  async openGuard(principal: string, agent: () => Labels, run = ''): Promise<Guard> {
    try {
      const guard = this.#bounded(await this.#open(principal, agent), { principal, run });
      this.#guardState = { kind: 'ready', mode: guard.mode, digest: guard.digest };
      return guard;
    } catch (error) {
      const failure = asGatewayError(error);
      const { code, summary } = failure;
      // Anybody may ask for the health, agents too: what a guard said is for the log alone.
      const reason =
        code === 'GUARD_UNAVAILABLE' ? summary : `the guard did not open: ${code}; the log says more`;
      this.#guardState = { kind: 'unavailable', reason };
      const { words, fields } = saidOf(failure);
      const names = { server: this.config.name, reason: code };
      this.#log.write('error', `the guard cannot be had: ${words}`, { ...names, ...fields });
      if (code === 'INTERNAL') this.#log.write('error', 'internal error', faultOf(failure.cause));
      throw error;
    }
  }

  /** Whether the server could be reached at the last try; nothing before the first. */
  get isReached(): boolean | undefined {
    return this.#isReached;
  }

  /** How many tools were in the server's list, where it came in one page; nothing before the first. */
  get toolCount(): number | undefined {
    return this.#toolCount;
  }

  noteToolCount(count: number): void {
    this.#toolCount = count;
  }

  /** Opens the guard as an agent would, to see whether it can be had; and tries to reach a server that could not be. */
  async probe(): Promise<void> {
    // Who asks for the guard does not wait for the server.
    if (this.#isReached === false) this.#ownLink.welcome(AbortSignal.timeout(reachMs)).catch(() => undefined);
    const guard = await this.openGuard('health', () => noLabels);
    guard[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const links = [this.#ownLink, this.#agentLinks, this.#modern];
    await Promise.all(links.map((link) => link?.[Symbol.asyncDispose]()));
  }

  #connect(client: BackendClient): ServerLink {
    const network = networkOf(this.config.transport);
    const parts = { log: this.#log, client, network, reached: this.#reached };
    const legacy = new Backend(this.config.name, this.#transport, parts);
    const backend = this.#modern;
    if (backend === undefined) return legacy;
    const modern = new LegacyToModernLink(backend, client);
    return new EraLink(ownEraFirst({ legacy, modern, backend, listener: client.listener }));
  }

  /** One for each agent without sessions, as its clients with sessions have. */
  #agentLink(listener: LinkListener): ServerLink {
    if (this.config.connection === 'session') return this.#connect({ hello: () => ownHello, listener });
    return new SharedLink(this.#ownLink, this.#listeners, listener);
  }

  #bounded(guard: Guard, who: { readonly principal: string; readonly run: string }): Guard {
    const { bounds, name: server, guard: config } = this.config;
    if (bounds === undefined) return guard;
    const guardName = 'name' in config ? config.name : config.kind;
    const overruled = (event: Overruled) =>
      this.#overruled({ ...event, ...who, server, guard: { name: guardName, digest: guard.digest } });
    return new BoundedGuard(guard, { bounds, overruled });
  }

  async #open(principal: string, agent: () => Labels): Promise<Guard> {
    const { guard, toolTimeoutMs } = this.config;
    switch (guard.kind) {
      case 'noop':
        return noopGuard;
      case 'write-sink':
        return writeSinkGuard({ accept: guard.accept, visibility: guard.sinkVisibility ?? undefined });
      case 'unavailable':
        throw new GatewayError('GUARD_UNAVAILABLE', guard.reason);
      case 'wasm': {
        const { backendTools, file } = guard;
        const access = {
          backend: this.#ownLink,
          backendTools,
          guardFile: file,
          names: { guard: guard.name, server: this.config.name },
          audience: this.config.audience,
          agent,
        };
        return TracedGuard.open(guard.name, this.config.name, () =>
          RemoteGuard.open(this.#labeler, {
            guard: guard.name,
            policy: JSON.stringify(guard.policy),
            principal,
            callBackend: (call, signal) => this.#read(access, call, signal),
            openTimeoutMs: toolTimeoutMs,
          }),
        );
      }
    }
  }
}
