import { Backend, type BackendClient, ownHello } from './backend.ts';
import { noLabels, noopGuard, writeSinkGuard } from './built-in-guards.ts';
import type { ServerConfig } from './config/gateway-config.ts';
import { asGatewayError, GatewayError } from './gateway-error.ts';
import type { Guard } from './guard.ts';
import type { LabelerClient } from './labeler-client.ts';
import type { Log } from './log.ts';
import type { Labels } from './monitor/labels.ts';
import { readForGuard } from './read-for-guard.ts';
import { SharedLink, SharedListeners } from './relay/shared-link.ts';
import { RemoteGuard } from './remote-guard.ts';
import type { ServerLink } from './server-link.ts';
import type { MakeTransport } from './server-transport/server-transport.ts';

/** Whether a server's guard can be had, for `GET /health`. */
export type GuardState =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** One configured server: its backend, and its guard for each agent. */
export class GuardedServer implements AsyncDisposable {
  readonly config: ServerConfig;
  /** The gateway's own connection to the server: what guards read comes over it, and what clients share. */
  readonly backend: Backend;
  readonly #transport: MakeTransport;
  readonly #listeners = new SharedListeners();
  readonly #labeler: LabelerClient;
  readonly #log: Log;
  #guardState: GuardState | undefined;

  constructor(config: ServerConfig, parts: { transport: MakeTransport; labeler: LabelerClient; log: Log }) {
    this.config = config;
    const client = { hello: () => ownHello, listener: this.#listeners };
    this.#transport = parts.transport;
    this.backend = new Backend(config.name, parts.transport, { log: parts.log, client });
    this.#labeler = parts.labeler;
    this.#log = parts.log;
  }

  /** The way to the server for one client's session. */
  openLink(client: BackendClient): ServerLink {
    const { name, connection } = this.config;
    if (connection === 'shared') return new SharedLink(this.backend, this.#listeners, client.listener);
    return new Backend(name, this.#transport, { log: this.#log, client });
  }

  /** What the guard was at the last try to open it; nothing before the first. */
  get guardState(): GuardState | undefined {
    return this.#guardState;
  }

  /** The guard for one agent, which `agent` gives the labels of. Throws the GatewayError of a guard that cannot be had. */
  async openGuard(principal: string, agent: () => Labels): Promise<Guard> {
    try {
      const guard = await this.#open(principal, agent);
      this.#guardState = { kind: 'ready' };
      return guard;
    } catch (error) {
      const { code, message } = asGatewayError(error);
      // Anybody may ask for the health, agents too: what a guard said of its policy is for the log alone.
      const reason =
        code === 'GUARD_UNAVAILABLE' ? message : `the guard did not open: ${code}; the log says more`;
      this.#guardState = { kind: 'unavailable', reason };
      this.#log.write('error', `the guard cannot be had: ${message}`, {
        server: this.config.name,
        reason: code,
      });
      throw error;
    }
  }

  /** Opens the guard as an agent would, to see whether it can be had. */
  async probe(): Promise<void> {
    const guard = await this.openGuard('health', () => noLabels);
    guard[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.backend[Symbol.asyncDispose]();
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
          backend: this.backend,
          backendTools,
          guardFile: file,
          audience: this.config.audience,
          agent,
        };
        return RemoteGuard.open(this.#labeler, {
          guard: guard.name,
          policy: JSON.stringify(guard.policy),
          principal,
          callBackend: (call, signal) => readForGuard(access, call, signal),
          openTimeoutMs: toolTimeoutMs,
        });
      }
    }
  }
}
