// What operators, monitoring and clients ask the gateway about itself, beside MCP.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AgentRecord, AgentSessions } from '../agent/agent-sessions.ts';
import { type Caller, type Door, expectOwnRequest, identifyCaller } from '../http/caller.ts';
import { HttpError, sendJson } from '../http/http-error.ts';
import type { Log } from '../log.ts';
import type { Labels } from '../monitor/labels.ts';
import type { Mode } from '../monitor/mode.ts';
import type { StatusEndpoint } from '../status/status-endpoint.ts';
import { agentAddress, parseAgentAddress } from './agent-address.ts';
import type { Closing } from './closing.ts';
import type { Health } from './health.ts';
import type { MetricsRoute } from './metrics-route.ts';
import type { Readiness } from './readiness.ts';

/** Whatever has MCP sessions with clients, or with servers for them, or requests under way. */
export interface CallerSessions {
  /** Ends all that a caller has: nothing of it is answered any more. How many there were. */
  endSessionsOf(caller: Caller): number;
}

/** What the endpoint tells of, and acts on. */
export interface ControlParts {
  readonly door: Door;
  readonly health: Health;
  readonly readiness: Readiness;
  readonly closing: Closing;
  readonly metrics?: MetricsRoute;
  readonly agents: AgentSessions;
  /** Where agents' MCP sessions are. */
  readonly sessions: () => Iterable<CallerSessions>;
  /** The operator's floor. */
  readonly mode: Mode | undefined;
  readonly status: StatusEndpoint;
  readonly log: Log;
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly pathname: string;
}

/** `/health`, `/ready`, `/reflect`, `/agents`, `/close`, `/metrics`, `/status`, and where clients look for OAuth. */
export class ControlEndpoint {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** Serves a request whose path is one of its own; undefined for any other. Throws an HttpError for what is refused. */
  serve(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> | undefined {
    const asked = { request, response, pathname };
    if (pathname === '/health') return this.#tellHealth(asked);
    if (pathname === '/ready') return this.#tellReadiness(asked);
    if (/^(\/mcp(\/[^/]+)?)?\/\.well-known\//.test(pathname)) return this.#tellNoOauth(asked);
    if (pathname === '/reflect') return this.#reflect(asked);
    if (/^\/agents(\/|$)/.test(pathname)) return this.#serveAgents(asked);
    if (pathname === '/close') return this.#close(asked);
    if (pathname === '/metrics') return this.#parts.metrics?.serve(request, response);
    if (/^\/status(\/|$)/.test(pathname)) return this.#parts.status.serve(request, response, pathname);
    return undefined;
  }

  async #tellHealth({ request, response }: Asked): Promise<void> {
    expectOwnRequest(request, this.#parts.door);
    const { status, body } = await this.#parts.health.report();
    sendJson(response, status, body);
  }

  async #tellReadiness({ request, response }: Asked): Promise<void> {
    expectOwnRequest(request, this.#parts.door);
    await this.#parts.readiness.expect();
    sendJson(response, 200, { status: 'ready', ...this.#parts.health.sidecars });
  }

  /** Asked before a client has a key, so that it learns at once that there is nothing to log in to. */
  async #tellNoOauth({ request }: Asked): Promise<void> {
    expectOwnRequest(request, this.#parts.door);
    throw new HttpError(404, 'not_found', 'this gateway offers no OAuth: configure the client with a key');
  }

  /** Who holds which labels: a principal learns of its own agents, an operator of all. */
  async #reflect({ request, response }: Asked): Promise<void> {
    const caller = identifyCaller(request, this.#parts.door);
    expectMethod(request, response, ['GET', 'HEAD']);
    const seesAll = this.#isOperator(caller);
    const seen = this.#records().filter(({ principal }) => seesAll || principal === caller.principal);
    sendJson(response, 200, {
      agents: Object.fromEntries(seen.map((agent) => [agentAddress(agent), written(agent.labels)])),
      mode: this.#parts.mode ?? null,
      servers: await this.#parts.health.servers(),
      timestamp: new Date().toISOString(),
    });
  }

  async #serveAgents(asked: Asked): Promise<void> {
    const { request, response, pathname } = asked;
    const caller = identifyCaller(request, this.#parts.door);
    if (!this.#isOperator(caller))
      throw forbidden('only operators may do this: gateway.operators names them');
    const address = pathname.slice('/agents/'.length);
    if (address !== '') return this.#endAgent(asked, caller, address);
    expectMethod(request, response, ['GET', 'HEAD']);
    sendJson(response, 200, { agents: this.#records().map(listed) });
  }

  /**
   * Ends an agent session with all MCP sessions of its caller. What these were still waiting for is not delivered: the
   * agent session that comes next would not carry its labels.
   */
  #endAgent({ request, response }: Asked, { principal: operator }: Caller, address: string): void {
    expectMethod(request, response, ['DELETE']);
    const name = parseAgentAddress(address);
    if (name === undefined) throw new HttpError(400, 'bad_agent', 'name it as /agents/{principal}/{run}');
    if (name.principal === operator)
      throw forbidden('nobody may end agent sessions of its own: an agent could wash itself clean');
    if (!this.#parts.agents.end(name.principal, name.run))
      throw new HttpError(404, 'unknown_agent', 'there is no such agent session: GET /agents lists them');
    let sessionsEnded = 0;
    for (const each of this.#parts.sessions()) sessionsEnded += each.endSessionsOf(name);
    this.#parts.log.write('info', 'an operator ended an agent session', { ...name, operator });
    sendJson(response, 200, { status: 'ended', ...name, sessionsEnded });
  }

  async #close({ request, response }: Asked): Promise<void> {
    const caller = identifyCaller(request, this.#parts.door);
    if (!this.#mayClose(caller)) throw forbidden('only operators may do this: gateway.operators names them');
    expectMethod(request, response, ['POST']);
    if (!this.#parts.closing.begin(response))
      throw new HttpError(410, 'already_closed', 'the gateway has been closed already');
    this.#parts.log.write('info', 'a client closes the gateway', { principal: caller.principal });
    const serversTerminated = Object.keys(this.#parts.health.states()).length;
    const message = 'the gateway ends when the requests that are under way have ended';
    sendJson(response, 200, { status: 'closed', message, serversTerminated }, { connection: 'close' });
  }

  #isOperator({ principal }: Caller): boolean {
    return this.#parts.door.operators.includes(principal);
  }

  /** As with the system that Sluice replaces: where there is one key and no operator, whoever has it started the gateway. */
  #mayClose(caller: Caller): boolean {
    const { keys, operators } = this.#parts.door;
    return this.#isOperator(caller) || (operators.length === 0 && keys.length === 1);
  }

  #records(): readonly AgentRecord[] {
    const byAddress = this.#parts.agents.list().map((agent) => ({ agent, address: agentAddress(agent) }));
    return byAddress.sort((a, b) => (a.address < b.address ? -1 : 1)).map(({ agent }) => agent);
  }
}

function expectMethod(
  { method = '' }: IncomingMessage,
  response: ServerResponse,
  methods: readonly string[],
): void {
  if (methods.includes(method)) return;
  response.setHeader('allow', methods.join(', '));
  throw new HttpError(405, 'method_not_allowed', `use ${methods.join(' or ')} here`);
}

function forbidden(sentence: string): HttpError {
  return new HttpError(403, 'forbidden', sentence);
}

function written({ secrecy, integrity }: Labels): { secrecy: string[]; integrity: string[] } {
  return { secrecy: [...secrecy].sort(), integrity: [...integrity].sort() };
}

function listed({ principal, run, labels, idleMs }: AgentRecord): object {
  return { principal, run, ...written(labels), idleSeconds: Math.floor(idleMs / 1000) };
}
