import { AgentSessions } from './agent-sessions.ts';
import { AggregatePeer } from './aggregate/aggregate-peer.ts';
import { noLabels } from './built-in-guards.ts';
import { ClientEndpoint } from './client-endpoint/client-endpoint.ts';
import type { OpenPeer } from './client-endpoint/session-peer.ts';
import { formatAddress } from './config/address.ts';
import type { GatewayConfig } from './config/gateway-config.ts';
import { usualEnvironment } from './config.ts';
import { GuardedServer } from './guarded-server.ts';
import { httpFront } from './http-front.ts';
import { LabelerClient } from './labeler-client.ts';
import type { Log } from './log.ts';
import { EraRouter } from './modern-endpoint/era-router.ts';
import { ModernEndpoint } from './modern-endpoint/modern-endpoint.ts';
import type { Labels } from './monitor/labels.ts';
import { GuardedOffer } from './relay/guarded-offer.ts';
import { ModernServerPeer } from './relay/modern-server-peer.ts';
import { ServerPeer } from './relay/server-peer.ts';
import { httpWay } from './server-transport/http-way.ts';
import { OpenTransports } from './server-transport/open-transports.ts';
import { transportMaker } from './server-transport/transport-maker.ts';
import { ResponseShaping } from './shaping/response-shaping.ts';
import { SidecarProcess } from './sidecar-process.ts';

interface Running {
  readonly agents: AgentSessions;
  readonly port: number;
  readonly url: string;
  readonly closed: Promise<void>;
  readonly openPeer: Gateway['openPeer'];
}

/** A gateway that runs: all its parts, ended together in the reverse order. */
export class Gateway implements AsyncDisposable {
  readonly #parts: AsyncDisposableStack;
  readonly #agents: AgentSessions;
  /** 0 where it does not listen. */
  readonly port: number;
  /** Where it listens. */
  readonly url: string;
  /** Settles when a client has closed it with `POST /close`, and its requests have ended. */
  readonly closed: Promise<void>;
  readonly #openPeer: Gateway['openPeer'];

  private constructor(parts: AsyncDisposableStack, running: Running) {
    this.#parts = parts;
    this.#openPeer = running.openPeer;
    this.#agents = running.agents;
    this.port = running.port;
    this.url = running.url;
    this.closed = running.closed;
  }

  /**
   * Starts every part; listens at once, unless `isListening` is false, and lets calls wait for a sidecar that still
   * starts.
   */
  static async start(
    config: GatewayConfig,
    configFile: string,
    log: Log,
    { isListening = true } = {},
  ): Promise<Gateway> {
    await using parts = new AsyncDisposableStack();
    const shaping = parts.use(await ResponseShaping.start(config, log));
    const sidecar = config.sidecar ?? parts.use(await ownSidecar(config, configFile, log));
    const address = sidecar instanceof SidecarProcess ? sidecar.address : formatAddress(sidecar);
    const labeler = parts.use(new LabelerClient(address));
    const environment = usualEnvironment();
    const open = parts.use(new OpenTransports());
    const servers = config.servers.map((server) => {
      const http =
        server.transport.kind === 'http' ? httpWay(server.transport, server.connectTimeoutMs) : undefined;
      const transport = transportMaker(server, { environment, log, http, open });
      return new GuardedServer(server, { transport, http, labeler, log });
    });
    // Together: a server that has to be killed takes seconds.
    parts.defer(() => endAll(servers));
    const agents = parts.use(new AgentSessions(servers));
    const rules = { operatorMode: config.guardsMode, notice: config.notice };
    const judging = { rules, shaping, log };
    const served = servers.map((server) => {
      const offer = new GuardedOffer(server, agents, judging);
      const openPeer: OpenPeer = (session) => new ServerPeer(session, offer, log);
      const modern = new ModernEndpoint(new ModernServerPeer(offer, log));
      const route = parts.use(new EraRouter({ legacy: new ClientEndpoint(openPeer), modern }));
      return { name: server.config.name, openPeer, route };
    });
    const peers = new Map(served.map(({ name, openPeer }) => [name, openPeer]));
    const mcp = new Map(served.map(({ name, route }) => [name, route]));
    const together = { openPeers: peers, separator: config.separator, log };
    const openAggregate: OpenPeer = (session) => new AggregatePeer(session, together);
    const aggregate = parts.use(new ClientEndpoint(openAggregate));
    const behind = { servers, agents, labeler, mcp, aggregate, log };
    const { http, health, closing } = httpFront(config, behind);
    parts.use(http);
    const port = isListening ? await http.listen(config.listen) : 0;
    health.start();
    const openPeer = (name?: string) => expectPeer({ peers, openAggregate }, name);
    const url = `${config.tls === undefined ? 'http' : 'https'}://${formatAddress({ ...config.listen, port })}`;
    return new Gateway(parts.move(), { agents, port, url, openPeer, closed: closing.ended });
  }

  /** What stands behind a client of the server of a name; without one, of all servers, or of the only one. Throws one sentence. */
  openPeer(name?: string): OpenPeer {
    return this.#openPeer(name);
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

function expectPeer(
  { peers, openAggregate }: { peers: ReadonlyMap<string, OpenPeer>; openAggregate: OpenPeer },
  name: string | undefined,
): OpenPeer {
  if (name === undefined)
    return peers.size === 1 ? [...peers.values()].reduce((only) => only) : openAggregate;
  const openPeer = peers.get(name);
  if (openPeer !== undefined) return openPeer;
  const known = [...peers.keys()].sort().join(', ');
  throw new Error(`no server ${JSON.stringify(name)} is configured; there are: ${known}`);
}

async function endAll(servers: readonly AsyncDisposable[]): Promise<void> {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
}
