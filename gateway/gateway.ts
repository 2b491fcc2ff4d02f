import { AgentSessions } from './agent-sessions.ts';
import { noLabels } from './built-in-guards.ts';
import { ClientEndpoint } from './client-endpoint/client-endpoint.ts';
import { formatAddress, isLoopback } from './config/address.ts';
import type { GatewayConfig } from './config/gateway-config.ts';
import { usualEnvironment } from './config.ts';
import { GuardedServer } from './guarded-server.ts';
import { Health } from './health.ts';
import { HttpServer } from './http-server.ts';
import { LabelerClient } from './labeler-client.ts';
import type { Log } from './log.ts';
import { EraRouter } from './modern-endpoint/era-router.ts';
import { ModernEndpoint } from './modern-endpoint/modern-endpoint.ts';
import type { Labels } from './monitor/labels.ts';
import { GuardedOffer } from './relay/guarded-offer.ts';
import { ModernServerPeer } from './relay/modern-server-peer.ts';
import { ServerPeer } from './relay/server-peer.ts';
import { transportMaker } from './server-transport/transport-maker.ts';
import { ResponseShaping } from './shaping/response-shaping.ts';
import { SidecarProcess } from './sidecar-process.ts';

/** A gateway that runs: all its parts, ended together in the reverse order. */
export class Gateway implements AsyncDisposable {
  readonly #parts: AsyncDisposableStack;
  readonly #agents: AgentSessions;
  readonly #port: number;

  private constructor(parts: AsyncDisposableStack, running: { agents: AgentSessions; port: number }) {
    this.#parts = parts;
    this.#agents = running.agents;
    this.#port = running.port;
  }

  /** Starts every part; listens at once, and lets calls wait for a sidecar that still starts. */
  static async start(config: GatewayConfig, configFile: string, log: Log): Promise<Gateway> {
    await using parts = new AsyncDisposableStack();
    const shaping = parts.use(await ResponseShaping.start(config, log));
    const sidecar = config.sidecar ?? parts.use(await ownSidecar(config, configFile, log));
    const address = sidecar instanceof SidecarProcess ? sidecar.address : formatAddress(sidecar);
    const labeler = parts.use(new LabelerClient(address));
    const environment = usualEnvironment();
    const servers = config.servers.map((server) => {
      const transport = transportMaker(server, { environment, log });
      return new GuardedServer(server, { transport, labeler, log });
    });
    // Together: a server that has to be killed takes seconds.
    parts.defer(() => endAll(servers));
    const agents = parts.use(new AgentSessions(servers));
    const rules = { operatorMode: config.guardsMode, notice: config.notice };
    const judging = { rules, shaping, log };
    const endpoints = servers.map((server) => {
      const offer = new GuardedOffer(server, agents, judging);
      const legacy = new ClientEndpoint((session) => new ServerPeer(session, offer, log));
      const modern = new ModernEndpoint(new ModernServerPeer(offer, log));
      return [server.config.name, parts.use(new EraRouter({ legacy, modern }))] as const;
    });
    const mcp = new Map(endpoints);
    const health = new Health(servers);
    const door = { keys: config.keys, isLoopback: isLoopback(config.listen.host) };
    const http = parts.use(new HttpServer({ door, mcp, health }, log));
    const port = await http.listen(config.listen);
    health.start();
    return new Gateway(parts.move(), { agents, port });
  }

  get port(): number {
    return this.#port;
  }

  /** What an agent session carries now; empty labels where there is none. */
  agentLabels(principal: string, run: string): Labels {
    return this.#agents.peek(principal, run)?.labels ?? noLabels;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

/** A sidecar of the gateway's own; it gets the variables that the `guards` section names, and no others. */
function ownSidecar(config: GatewayConfig, configFile: string, log: Log): Promise<SidecarProcess> {
  return SidecarProcess.start({ configFile, environment: config.guardsEnvironment }, log);
}

async function endAll(servers: readonly AsyncDisposable[]): Promise<void> {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
}
