import { AgentSessions } from '../../gateway/agent/agent-sessions.ts';
import { ClientEndpoint } from '../../gateway/client-endpoint/client-endpoint.ts';
import type { TlsConfig } from '../../gateway/config/gateway-config.ts';
import { Closing } from '../../gateway/control/closing.ts';
import { ControlEndpoint } from '../../gateway/control/control-endpoint.ts';
import { Health } from '../../gateway/control/health.ts';
import { MetricsRoute, type WriteMetrics } from '../../gateway/control/metrics-route.ts';
import { Readiness } from '../../gateway/control/readiness.ts';
import type { Door } from '../../gateway/http/caller.ts';
import { type HttpLimits, httpLimits } from '../../gateway/http/http-limits.ts';
import { HttpServer } from '../../gateway/http/http-server.ts';
import { Activity } from '../../gateway/status/activity.ts';
import { StatusEndpoint } from '../../gateway/status/status-endpoint.ts';
import { StatusReport } from '../../gateway/status/status-report.ts';
import { type Script, ScriptedPeer } from './client-endpoint/scripted-peer.ts';
import { silentLog } from './silent-log.ts';

/** What a test changes of the gateway's HTTP server. */
export interface ServedSettings {
  readonly door?: Partial<Door>;
  readonly limits?: Partial<HttpLimits>;
  readonly tls?: TlsConfig;
  readonly writeMetrics?: WriteMetrics;
  /** What the one server behind it, `scripted`, does. */
  readonly script?: Script;
}

/** The gateway's real HTTP server on a port of loopback, with a scripted server and no guards behind it. */
export class ServedRoutes implements AsyncDisposable {
  readonly port: number;
  readonly #http: HttpServer;
  readonly #endpoint: ClientEndpoint;

  private constructor(parts: { http: HttpServer; endpoint: ClientEndpoint; port: number }) {
    this.#http = parts.http;
    this.#endpoint = parts.endpoint;
    this.port = parts.port;
  }

  static async start({
    door,
    limits,
    tls,
    writeMetrics,
    script,
  }: ServedSettings = {}): Promise<ServedRoutes> {
    const endpoint = new ClientEndpoint((session) => new ScriptedPeer(session, script));
    const itsDoor: Door = { ...anybody, ...door };
    const closing = new Closing(30_000);
    const health = new Health([]);
    const agents = new AgentSessions([]);
    const activity = new Activity();
    const report = new StatusReport({ servers: [], agents, health, activity, mode: undefined });
    const control = new ControlEndpoint({
      ...{ door: itsDoor, health, closing, agents, log: silentLog },
      readiness: new Readiness({ health, closing, sidecarAnswers: async () => true }),
      sessions: () => [endpoint],
      metrics: new MetricsRoute(itsDoor, writeMetrics),
      mode: undefined,
      status: new StatusEndpoint({ door: itsDoor, report, activity }),
    });
    const mcp = new Map([['scripted', endpoint]]);
    const routes = { door: itsDoor, mcp, aggregate: endpoint, control, closing };
    const http = new HttpServer(routes, { tls, log: silentLog, limits: { ...httpLimits, ...limits } });
    const port = await http.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 });
    health.start();
    return new ServedRoutes({ http, endpoint, port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
    this.#endpoint[Symbol.dispose]();
  }
}

/** The door of a keyless gateway on loopback. */
export const anybody: Door = {
  keys: [],
  hasCertificates: false,
  operators: ['anonymous'],
  isLoopback: true,
  hosts: [],
};
