import type { AgentSessions } from '../agent/agent-sessions.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { isLoopback } from '../config/address.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { Closing } from '../control/closing.ts';
import { type CallerSessions, ControlEndpoint } from '../control/control-endpoint.ts';
import { Health } from '../control/health.ts';
import { MetricsRoute, type WriteMetrics } from '../control/metrics-route.ts';
import { Readiness } from '../control/readiness.ts';
import type { Labeler } from '../guard/labeler.ts';
import type { GuardedServer } from '../guarded-server.ts';
import type { Log } from '../log.ts';
import type { Activity } from '../status/activity.ts';
import { StatusEndpoint } from '../status/status-endpoint.ts';
import { StatusReport } from '../status/status-report.ts';
import type { Door } from './caller.ts';
import { HttpServer, type McpRoute } from './http-server.ts';

type SessionRoute = McpRoute & CallerSessions;

/** What the HTTP server stands in front of. */
export interface BehindHttp {
  readonly servers: readonly GuardedServer[];
  readonly agents: AgentSessions;
  readonly labeler: Labeler;
  /** By the server's name: `/mcp/{server}`. */
  readonly mcp: ReadonlyMap<string, SessionRoute>;
  /** All servers at once: `/mcp`. */
  readonly aggregate: SessionRoute;
  /** What agents did, for the status page. */
  readonly activity: Activity;
  readonly audit: AuditTrail | undefined;
  /** Undefined: metrics are not scraped. */
  readonly writeMetrics: WriteMetrics | undefined;
  readonly log: Log;
}

/** The HTTP server with all that it serves, and what is to be started or waited for. */
export interface HttpFront {
  readonly http: HttpServer;
  readonly health: Health;
  readonly closing: Closing;
}

/** Puts the HTTP server together as the configuration says; it does not listen yet. */
export function httpFront(config: GatewayConfig, behind: BehindHttp): HttpFront {
  const { servers, agents, labeler, mcp, aggregate, activity, audit, log } = behind;
  const closing = new Closing(config.shutdownTimeoutMs);
  const door = doorOf(config);
  const usesSidecar = () => servers.some((server) => server.config.guard.kind === 'wasm');
  const sidecars = () => (usesSidecar() ? labeler.sidecars() : {});
  const health = new Health(servers, { sidecars, audit });
  const sidecarAnswers = async () => !usesSidecar() || (await labeler.answers());
  const report = new StatusReport({ servers, agents, health, activity, mode: config.guardsMode });
  const control = new ControlEndpoint({
    ...{ door, health, closing, agents, log },
    readiness: new Readiness({ health, closing, sidecarAnswers }),
    sessions: () => [...mcp.values(), aggregate, ...servers],
    metrics: new MetricsRoute(door, behind.writeMetrics),
    mode: config.guardsMode,
    status: new StatusEndpoint({ door, report, activity }),
  });
  const http = new HttpServer({ door, mcp, aggregate, control, closing }, { tls: config.tls, log });
  return { http, health, closing };
}

function doorOf({ keys, operators, scrapers, hosts, listen, tls }: GatewayConfig): Door {
  const hasCertificates = tls?.clientAuthority !== undefined;
  return { keys, operators, scrapers, hosts, hasCertificates, isLoopback: isLoopback(listen.host) };
}
