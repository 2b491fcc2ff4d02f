import { basename } from 'node:path';
import type { AgentRecord, AgentSessions } from '../agent/agent-sessions.ts';
import { type AgentName, agentAddress, parseAgentAddress } from '../control/agent-address.ts';
import { guardName, type Health, type ServerHealth } from '../control/health.ts';
import { denialAdvice } from '../explain/denial-advice.ts';
import type { GuardedServer } from '../guarded-server.ts';
import { floorMode, type Mode } from '../monitor/mode.ts';
import { reasonSentences } from '../outcome.ts';
import { version } from '../version.ts';
import type { Activity } from './activity.ts';
import { tagList } from './mark.ts';
import type { SessionCounts } from './session-history.ts';
import type {
  AgentStatus,
  Flow,
  GuardStatus,
  ReasonWords,
  ServerStatus,
  StatusSnapshot,
} from './snapshot.ts';
import { maxShownAgents } from './status-limits.ts';

/** What is told of. */
export interface ReportedParts {
  readonly servers: readonly GuardedServer[];
  readonly agents: AgentSessions;
  readonly health: Health;
  readonly activity: Activity;
  /** The operator's floor. */
  readonly mode: Mode | undefined;
}

/** Puts together what the status page shows. */
export class StatusReport {
  readonly #parts: ReportedParts;
  #states: Readonly<Record<string, ServerHealth>> | undefined;

  constructor(parts: ReportedParts) {
    this.#parts = parts;
  }

  /** Asks the guards how they are, if they were not asked just now. */
  async refresh(): Promise<void> {
    this.#states = await this.#parts.health.servers();
  }

  /** All of it as it is now; `address` is the agent session whose flow is told. */
  snapshot(address?: string): StatusSnapshot {
    const { agents, activity, mode } = this.#parts;
    const nowMs = Date.now();
    const records = agents.list();
    const servers = this.#servers();
    return {
      version,
      nowMs,
      startedMs: activity.startedMs,
      mode: mode ?? null,
      servers,
      guards: guardsOf(this.#parts.servers),
      agents: records
        .slice(-maxShownAgents)
        .toReversed()
        .map((agent) => this.#agent(agent, nowMs)),
      agentCount: records.length,
      flow: this.#flow(parseAgentAddress(address ?? ''), nowMs),
      recent: activity.recent,
      words,
    };
  }

  #servers(): ServerStatus[] {
    const { health, servers, mode } = this.#parts;
    const states = { ...health.states(), ...this.#states };
    return servers.flatMap((server) => {
      const state = states[server.config.name];
      return state === undefined ? [] : serverStatus(server, state, mode);
    });
  }

  #agent({ principal, run, labels, idleMs }: AgentRecord, nowMs: number): AgentStatus {
    const history = this.#parts.activity.historyOf({ principal, run });
    const usedMs = nowMs - Math.round(idleMs);
    return {
      address: agentAddress({ principal, run }),
      principal,
      run,
      secrecy: tagList(labels.secrecy),
      integrity: tagList(labels.integrity),
      startedMs: history?.startedMs ?? usedMs,
      usedMs,
      counts: history?.counts ?? noCounts,
    };
  }

  #flow(name: AgentName | undefined, nowMs: number): Flow | null {
    const history = name && this.#parts.activity.historyOf(name);
    if (name === undefined || history === undefined) return null;
    const lanes = history.lanes(nowMs);
    const { secrecy, integrity } = history.agent.labels;
    const open = lanes.filter(({ until }) => until === undefined).length;
    const moreTags = Math.max(0, secrecy.size + integrity.size - open);
    const { startedMs, forgotten, marks } = history;
    return { address: agentAddress(name), startedMs, forgotten, marks, lanes, moreTags };
  }
}

const noCounts: SessionCounts = { decisions: 0, denied: 0, failed: 0, withheld: 0, privileges: 0 };

const advice = new Map(Object.entries(denialAdvice));
const words: Readonly<Record<string, ReasonWords>> = Object.fromEntries(
  [...reasonSentences()].map(([reason, sentence]) => [reason, { sentence, ...advice.get(reason) }]),
);

function serverStatus(server: GuardedServer, health: ServerHealth, floor: Mode | undefined): ServerStatus {
  const { name, audience } = server.config;
  const { guardState: guard, toolCount } = server;
  const { mode, digest } = guard?.kind === 'ready' ? guard : {};
  return {
    name,
    ...placeOf(server),
    ...health,
    isReached: server.isReached ?? null,
    ...(mode !== undefined && { mode: floorMode(floor, mode) }),
    ...(digest !== undefined && { digest }),
    ...(toolCount !== undefined && { toolCount }),
    audience: tagList(audience),
  };
}

/** No arguments, no path, no query: keys are found there. */
function placeOf({ config: { transport } }: GuardedServer): { transport: string; place: string } {
  if (transport.kind === 'http')
    return { transport: 'http', place: URL.parse(transport.url)?.host ?? 'an address' };
  const place = basename(transport.command);
  return { transport: transport.container === undefined ? 'stdio' : 'container', place };
}

function guardsOf(servers: readonly GuardedServer[]): GuardStatus[] {
  return [...Map.groupBy(servers, guardName)].map(([name, its]) => {
    const states = its.map(({ guardState }) => guardState);
    const reason = states.find((state) => state?.kind === 'unavailable')?.reason;
    return {
      name,
      isReady: states.every((state) => state?.kind === 'ready'),
      ...(reason !== undefined && { reason }),
      digests: [...new Set(states.flatMap((state) => (state?.kind === 'ready' && state.digest) || []))],
      servers: its.map(({ config }) => config.name),
    };
  });
}
