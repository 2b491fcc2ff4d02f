import { isDeepStrictEqual } from 'node:util';
import { AgentSessions } from './agent/agent-sessions.ts';
import { overrulingEvent } from './audit/overruling-event.ts';
import { sessionsListener } from './audit/sessions-listener.ts';
import { ClientEndpoint } from './client-endpoint/client-endpoint.ts';
import type { OpenPeer } from './client-endpoint/session-peer.ts';
import type { ServerConfig } from './config/gateway-config.ts';
import { ModernServerPeer } from './eras/modern-server-peer.ts';
import type { Labeler } from './guard/labeler.ts';
import type { GuardOverruled } from './guard/note-overruled.ts';
import { GuardedServer } from './guarded-server.ts';
import type { Log } from './log.ts';
import { EraRouter } from './modern-endpoint/era-router.ts';
import { ModernEndpoint } from './modern-endpoint/modern-endpoint.ts';
import type { ModernPeer } from './modern-endpoint/modern-peer.ts';
import { GuardedOffer } from './relay/guarded-offer.ts';
import type { ToolJudging } from './relay/judged-work.ts';
import { ReplaceableOffer } from './relay/replaceable-offer.ts';
import { ServerPeer } from './relay/server-peer.ts';
import { httpWay } from './server-transport/http-way.ts';
import { OpenTransports } from './server-transport/open-transports.ts';
import { transportMaker } from './server-transport/transport-maker.ts';
import { measuredSessions } from './telemetry/measured-sessions.ts';

/** What servers are made of, besides their configuration. */
export interface ServerSurroundings {
  readonly environment: Readonly<Record<string, string>>;
  readonly labeler: Labeler;
  readonly judging: ToolJudging;
  readonly log: Log;
}

/** What a new configuration changes: names of servers. */
export interface ServerChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

interface Served {
  readonly offer: ReplaceableOffer;
  readonly route: EraRouter;
}

/** The servers as they are configured now, each with the route of its clients. What is given out stays, and changes with them. */
export class ServedServers implements AsyncDisposable {
  readonly agents: AgentSessions;
  readonly #surroundings: ServerSurroundings;
  readonly #transports = new OpenTransports();
  readonly #served = new Map<string, Served>();
  readonly #guarded: GuardedServer[] = [];
  readonly #routes = new Map<string, EraRouter>();
  readonly #peers = new Map<string, OpenPeer>();
  readonly #modernPeers = new Map<string, ModernPeer>();
  readonly #offers = new Map<string, ReplaceableOffer>();
  /** Servers that are not configured any more, until they have ended. */
  readonly #leaving = new Set<GuardedServer>();

  constructor(configs: readonly ServerConfig[], surroundings: ServerSurroundings) {
    this.#surroundings = surroundings;
    this.agents = new AgentSessions(this.#guarded, undefined, sessionsListener(surroundings.judging));
    for (const config of configs) this.#add(config);
  }

  get guarded(): readonly GuardedServer[] {
    return this.#guarded;
  }

  /** By the server's name: `/mcp/{server}`. */
  get routes(): ReadonlyMap<string, EraRouter> {
    return this.#routes;
  }

  /** What stands behind a session with one server, by its name. */
  get peers(): ReadonlyMap<string, OpenPeer> {
    return this.#peers;
  }

  /** The same for requests without sessions. */
  get modernPeers(): ReadonlyMap<string, ModernPeer> {
    return this.#modernPeers;
  }

  /** What judges the requests for a server, by its name. */
  get offers(): ReadonlyMap<string, ReplaceableOffer> {
    return this.#offers;
  }

  /** Makes the servers those of another configuration: what is the same in both is not touched. */
  apply(configs: readonly ServerConfig[]): ServerChanges {
    const names = new Set(configs.map(({ name }) => name));
    const removed = [...this.#served.keys()].filter((name) => !names.has(name));
    for (const name of removed) this.#remove(name);
    const added = configs.filter(({ name }) => !this.#served.has(name));
    const changed = configs.filter((config) => !added.includes(config) && this.#isOther(config));
    for (const config of changed) this.#replace(config);
    for (const config of added) this.#add(config);
    return { added: added.map(nameOf), changed: changed.map(nameOf), removed };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { route } of this.#served.values()) route[Symbol.dispose]();
    this.agents[Symbol.dispose]();
    // Together: a server that has to be killed takes seconds.
    const servers = [...this.#guarded, ...this.#leaving];
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    await this.#transports[Symbol.asyncDispose]();
  }

  #isOther(config: ServerConfig): boolean {
    return !isDeepStrictEqual(this.#served.get(config.name)?.offer.server.config, config);
  }

  #add(config: ServerConfig): void {
    const { log } = this.#surroundings;
    const server = this.#make(config);
    const offer = new ReplaceableOffer(this.#offerOf(server));
    const openPeer: OpenPeer = (session) => new ServerPeer(session, offer, log);
    const measured = measuredSessions(openPeer, config.name);
    const modernPeer = new ModernServerPeer(offer, log);
    const modern = new ModernEndpoint(modernPeer);
    const route = new EraRouter({ legacy: new ClientEndpoint(measured), modern });
    this.#guarded.push(server);
    this.#served.set(config.name, { offer, route });
    this.#routes.set(config.name, route);
    this.#offers.set(config.name, offer);
    this.#peers.set(config.name, openPeer);
    this.#modernPeers.set(config.name, modernPeer);
  }

  #replace(config: ServerConfig): void {
    const served = this.#served.get(config.name);
    if (served === undefined) return;
    const before = served.offer.server;
    const server = this.#make(config);
    this.#guarded.splice(this.#guarded.indexOf(before), 1, server);
    this.#leave(before, served.offer.replace(this.#offerOf(server)));
  }

  /** Its sessions end: their clients are told that there is no such session when they come back. */
  #remove(name: string): void {
    const served = this.#served.get(name);
    if (served === undefined) return;
    const before = served.offer.server;
    this.#guarded.splice(this.#guarded.indexOf(before), 1);
    const all = [this.#served, this.#routes, this.#peers, this.#modernPeers, this.#offers];
    for (const known of all) known.delete(name);
    this.#leave(
      before,
      served.offer.drained().then(() => served.route[Symbol.dispose]()),
    );
  }

  #leave(server: GuardedServer, drained: Promise<void>): void {
    this.#leaving.add(server);
    void drained.then(async () => {
      this.agents.forget(server);
      await server[Symbol.asyncDispose]();
      this.#leaving.delete(server);
    });
  }

  #offerOf(server: GuardedServer): GuardedOffer {
    return new GuardedOffer(server, this.agents, this.#surroundings.judging);
  }

  #make(config: ServerConfig): GuardedServer {
    const { environment, labeler, log } = this.#surroundings;
    const { transport, connectTimeoutMs } = config;
    const http = transport.kind === 'http' ? httpWay(transport, connectTimeoutMs) : undefined;
    const make = transportMaker(config, { environment, log, http, open: this.#transports });
    const { audit, activity } = this.#surroundings.judging;
    const overruled = (event: GuardOverruled) => {
      for (const told of [audit, activity]) told?.record(overrulingEvent(event));
    };
    return new GuardedServer(config, { transport: make, http, labeler, log, overruled });
  }
}

function nameOf({ name }: ServerConfig): string {
  return name;
}
