import { isDeepStrictEqual } from 'node:util';
import { AggregatePeer } from './aggregate/aggregate-peer.ts';
import { ModernAggregatePeer } from './aggregate/modern-aggregate-peer.ts';
import { AuditTrail } from './audit/audit-trail.ts';
import { privilegeEvent } from './audit/privilege-event.ts';
import { ClientEndpoint } from './client-endpoint/client-endpoint.ts';
import type { OpenPeer } from './client-endpoint/session-peer.ts';
import { formatAddress } from './config/address.ts';
import { ConfigError } from './config/config-error.ts';
import type { GatewayConfig } from './config/gateway-config.ts';
import { telemetryEnvironment, usualEnvironment } from './config.ts';
import type { WriteMetrics } from './control/metrics-route.ts';
import { ExtMcpListener } from './ext-mcp/ext-mcp-listener.ts';
import { noLabels } from './guard/built-in-guards.ts';
import { LabelerClient } from './guard/labeler-client.ts';
import { SidecarPool } from './guard/sidecar-pool.ts';
import { httpFront } from './http/http-front.ts';
import type { Log } from './log.ts';
import { EraRouter } from './modern-endpoint/era-router.ts';
import { ModernEndpoint } from './modern-endpoint/modern-endpoint.ts';
import type { Labels } from './monitor/labels.ts';
import { Privileges } from './privilege/privileges.ts';
import { ServedServers, type ServerChanges } from './served-servers.ts';
import { ResponseShaping } from './shaping/response-shaping.ts';
import { SidecarProcess } from './sidecar-process.ts';
import { Activity } from './status/activity.ts';
import { countPrivilegeUse } from './telemetry/count-privilege-use.ts';
import { measuredSessions } from './telemetry/measured-sessions.ts';
import { tellOfGateway } from './telemetry/tell-of-gateway.ts';

type Variables = Readonly<Record<string, string>>;

interface Running {
  readonly config: GatewayConfig;
  readonly shaping: ResponseShaping;
  readonly sidecar: SidecarProcess | undefined;
  readonly telemetry: Variables;
  readonly served: ServedServers;
  readonly port: number;
  readonly url: string;
  readonly closed: Promise<void>;
  readonly openPeer: Gateway['openPeer'];
}

/** How a gateway is started. */
interface StartOptions {
  readonly isListening?: boolean;
  /** What `/metrics` is served with; undefined: it is not. */
  readonly writeMetrics?: WriteMetrics | undefined;
  /** OpenTelemetry's variables for a sidecar of its own; as its own ones, where nothing is given. */
  readonly telemetry?: Variables;
}

/** A gateway that runs: all its parts, ended together in the reverse order. */
export class Gateway implements AsyncDisposable {
  readonly #parts: AsyncDisposableStack;
  readonly #running: Running;
  /** 0 where it does not listen. */
  readonly port: number;
  /** Where it listens. */
  readonly url: string;
  /** Settles when a client has closed it with `POST /close`, and its requests have ended. */
  readonly closed: Promise<void>;

  private constructor(parts: AsyncDisposableStack, running: Running) {
    this.#parts = parts;
    this.#running = running;
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
    { isListening = true, writeMetrics, telemetry = telemetryEnvironment() }: StartOptions = {},
  ): Promise<Gateway> {
    await using parts = new AsyncDisposableStack();
    const audit = config.audit && parts.use(await AuditTrail.start(config.audit, log));
    const activity = new Activity();
    const shaping = parts.use(await ResponseShaping.start(config, log));
    const program = { configFile, environment: { ...telemetry, ...config.guardsEnvironment } };
    const sidecar =
      config.sidecar === undefined ? parts.use(await SidecarProcess.start(program, log)) : undefined;
    const labeler = parts.use(
      config.sidecar === undefined
        ? new LabelerClient(sidecar?.address ?? '')
        : new SidecarPool(config.sidecar, log),
    );
    const rules = { operatorMode: config.guardsMode, notice: config.notice };
    const privileges = new Privileges(config.privileges, {
      log,
      used: (use) => {
        for (const told of [audit, activity]) told?.record(privilegeEvent(use));
        countPrivilegeUse(use);
      },
    });
    const judging = { rules, shaping, privileges, log, audit, activity };
    const around = { environment: usualEnvironment(), labeler, judging, log };
    const served = parts.use(new ServedServers(config.servers, around));
    const { agents, peers, guarded: servers, routes: mcp } = served;
    const together = { openPeers: peers, separator: config.separator, log };
    const openAggregate: OpenPeer = (session) => new AggregatePeer(session, together);
    const modern = new ModernEndpoint(new ModernAggregatePeer({ ...together, peers: served.modernPeers }));
    const measured = measuredSessions(openAggregate);
    const aggregate = parts.use(new EraRouter({ legacy: new ClientEndpoint(measured), modern }));
    const { http, health, closing } = httpFront(config, {
      ...{ servers, agents, labeler, mcp, aggregate, activity, audit, writeMetrics, log },
    });
    parts.use(http);
    parts.use(tellOfGateway({ agents, health, audit }));
    const port = isListening ? await http.listen(config.listen) : 0;
    if (config.extMcp !== undefined)
      parts.use(await ExtMcpListener.start({ config: config.extMcp, agents, offers: served.offers, log }));
    health.start();
    const openPeer = (name?: string) => measuredSessions(expectPeer({ peers, openAggregate }, name), name);
    const url = `${config.tls === undefined ? 'http' : 'https'}://${formatAddress({ ...config.listen, port })}`;
    const own = { config, shaping, sidecar, telemetry, served };
    return new Gateway(parts.move(), { ...own, port, url, openPeer, closed: closing.ended });
  }

  /**
   * Makes the servers and the guards those of another configuration: what is the same in both is not touched, and sessions
   * with servers that are still there go on. Throws a ConfigError where nothing was changed. The settings of the gateway
   * itself that are others now, by name: they hold from the next start on.
   */
  async reload(config: GatewayConfig): Promise<{ changes: ServerChanges; unapplied: readonly string[] }> {
    const { shaping, sidecar, telemetry, served, config: started } = this.#running;
    await shaping.expectFilters(config.servers);
    sidecar?.reload({ ...telemetry, ...config.guardsEnvironment });
    const changes = served.apply(config.servers);
    return { changes, unapplied: otherSettings(started, config) };
  }

  /** What stands behind a client of the server of a name; without one, of all servers, or of the only one. Throws one sentence. */
  openPeer(name?: string): OpenPeer {
    return this.#running.openPeer(name);
  }

  /** What an agent session carries now; empty labels where there is none. */
  agentLabels(principal: string, run: string): Labels {
    return this.#running.served.agents.peek(principal, run)?.labels ?? noLabels;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

/** The settings besides servers and guards that differ. */
function otherSettings(started: GatewayConfig, now: GatewayConfig): string[] {
  const { servers: _, guardsEnvironment: __, ...settings } = now;
  const known = new Map(Object.entries(started));
  return Object.entries(settings)
    .filter(([name, value]) => !isDeepStrictEqual(known.get(name), value))
    .map(([name]) => name);
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
  throw new ConfigError([`no server ${JSON.stringify(name)} is configured; there are: ${known}`]);
}
