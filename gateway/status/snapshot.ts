// What the status page shows, as it is sent: all of it is other people's words, and within bounds.

import type { Lane } from './label-lanes.ts';
import type { Mark, TagList } from './mark.ts';
import type { SessionCounts } from './session-history.ts';

/** The body of `/status/data`, and of each event of `/status/events`. */
export interface StatusSnapshot {
  readonly version: string;
  /** By the gateway's clock, since the epoch, as all times here. */
  readonly nowMs: number;
  readonly startedMs: number;
  /** The operator's floor; null where each guard's own mode holds. */
  readonly mode: string | null;
  readonly servers: readonly ServerStatus[];
  readonly guards: readonly GuardStatus[];
  /** Those used last come first. */
  readonly agents: readonly AgentStatus[];
  /** All agent sessions, those that are not shown included. */
  readonly agentCount: number;
  /** The agent session that was asked for; null where there is none. */
  readonly flow: Flow | null;
  /** The last events of all agents, the newest first. */
  readonly recent: readonly Mark[];
  readonly words: Readonly<Record<string, ReasonWords>>;
}

export interface ServerStatus {
  readonly name: string;
  /** `stdio`, `container` or `http`. */
  readonly transport: string;
  /** The name of its program, or the host that it is reached at. */
  readonly place: string;
  readonly state: 'starting' | 'ready' | 'unavailable';
  /** Why it is unavailable. */
  readonly reason?: string;
  /** Null before the first try. */
  readonly isReached: boolean | null;
  readonly guard: string;
  /** The mode that applies: its guard's own, or the operator's floor. */
  readonly mode?: string;
  readonly digest?: string;
  readonly toolCount?: number;
  readonly audience: TagList;
}

/** A guard by its name: what is the same for several servers is told once. */
export interface GuardStatus {
  readonly name: string;
  readonly isReady: boolean;
  readonly reason?: string;
  /** More than one while servers move to another version. */
  readonly digests: readonly string[];
  readonly servers: readonly string[];
}

export interface AgentStatus {
  /** As in `/agents/{principal}/{run}`. */
  readonly address: string;
  readonly principal: string;
  readonly run: string;
  readonly secrecy: TagList;
  readonly integrity: TagList;
  readonly startedMs: number;
  readonly usedMs: number;
  readonly counts: SessionCounts;
}

/** One agent session over time. */
export interface Flow {
  readonly address: string;
  readonly startedMs: number;
  /** Events before those that are listed. */
  readonly forgotten: number;
  /** In the order in which they came. */
  readonly marks: readonly Mark[];
  readonly lanes: readonly Lane[];
  /** Tags that have no lane, since there are too many. */
  readonly moreTags: number;
}

/** What is said of a reason, to an agent and to an operator. */
export interface ReasonWords {
  /** What the agent was told. */
  readonly sentence: string;
  readonly rule?: string;
  readonly otherwise?: string;
}
