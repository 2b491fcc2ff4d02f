import type { Labels } from '../monitor/labels.ts';
import type { Change } from './label-change.ts';
import { ownTag } from './mark.ts';
import { maxLanes } from './status-limits.ts';

/** How a tag came to an agent, or left it. */
export interface Cause {
  /**
   * `grant`: a guard gave it when the session began. `mark`: an event, which is named. `elsewhere`: no event that has ended
   * explains it: a call that is still under way, or the end of a privilege that was for a time.
   */
  readonly kind: 'grant' | 'mark' | 'elsewhere';
  /** Since the epoch. */
  readonly timeMs: number;
  readonly mark?: number;
  readonly server?: string;
  readonly tool?: string;
  /** The name of the privilege, where it was one. */
  readonly rule?: string;
}

/** A tag of an agent's, from when until when. */
export interface Lane {
  readonly tag: string;
  readonly kind: keyof Labels;
  readonly from: Cause;
  readonly until?: Cause;
}

/** What the labels were before an event and are after it, and when that was. */
export interface Step {
  readonly before: Labels;
  readonly change: Change<ReadonlySet<string>> | undefined;
  readonly cause: Cause;
}

interface OpenableLane {
  /** As the agent carries it; only a part of it is kept where it is long. */
  readonly tag: string;
  readonly kind: keyof Labels;
  from: Cause;
  until: Cause | undefined;
}

const kinds = ['secrecy', 'integrity'] as const;

/**
 * The tags of one agent over time. Events come when calls end, and calls overlap: an event may tell of labels that are
 * older than those of the event before it. So what an event says of itself counts, and what only follows from the labels
 * around it gives way to that.
 */
export class LabelLanes {
  readonly #agent: { readonly labels: Labels };
  readonly #startedMs: number;
  readonly #lanes: OpenableLane[] = [];
  #seen: Labels;

  constructor(agent: { readonly labels: Labels }, startedMs: number) {
    this.#agent = agent;
    this.#startedMs = startedMs;
    this.#seen = agent.labels;
  }

  /** Takes over what an event tells. */
  follow({ before, change, cause }: Step): void {
    if (before !== this.#seen) this.#takeOver(before, cause.timeMs);
    this.#seen = before;
    if (change === undefined) return;
    for (const tag of change.secrecyGained) this.#begin('secrecy', tag, cause);
    for (const tag of change.integrityGained) this.#begin('integrity', tag, cause);
    for (const tag of change.secrecyDropped) this.#end('secrecy', tag, cause);
    for (const tag of change.integrityLost) this.#end('integrity', tag, cause);
  }

  /** As they are now, in the order in which they began; a tag that no event explains yet is among them. */
  list(nowMs: number): readonly Lane[] {
    const { labels } = this.#agent;
    const known = this.#lanes.map(({ tag, kind, from, until }) => {
      const gone = until ?? (labels[kind].has(tag) ? undefined : elsewhere(nowMs));
      return { tag: ownTag(tag), kind, from, ...(gone !== undefined && { until: gone }) };
    });
    const unexplained: Lane[] = [];
    for (const kind of kinds)
      for (const tag of labels[kind]) {
        if (known.length + unexplained.length >= maxLanes) break;
        if (this.#open(kind, tag) === undefined)
          unexplained.push({ tag: ownTag(tag), kind, from: elsewhere(nowMs) });
      }
    return [...known, ...unexplained];
  }

  /** What was there without an event: granted at the beginning, or come back. */
  #takeOver(before: Labels, timeMs: number): void {
    const { labels } = this.#agent;
    for (const lane of this.#lanes)
      if (lane.until === undefined && !labels[lane.kind].has(lane.tag) && !before[lane.kind].has(lane.tag))
        lane.until = elsewhere(timeMs);
    for (const kind of kinds)
      for (const tag of before[kind]) {
        if (this.#lanes.length >= maxLanes) break;
        const last = this.#last(kind, tag);
        if (last === undefined) this.#add(kind, tag, { kind: 'grant', timeMs: this.#startedMs });
        else if (last.until !== undefined && labels[kind].has(tag)) this.#add(kind, tag, elsewhere(timeMs));
      }
  }

  #begin(kind: keyof Labels, tag: string, cause: Cause): void {
    const open = this.#open(kind, tag);
    if (open === undefined) this.#add(kind, tag, cause);
    else if (open.from.kind !== 'mark') open.from = cause;
  }

  #end(kind: keyof Labels, tag: string, cause: Cause): void {
    const last = this.#last(kind, tag);
    if (last !== undefined && last.until?.kind !== 'mark') last.until = cause;
  }

  /** Makes room by a piece that has ended, if there is one. */
  #add(kind: keyof Labels, tag: string, from: Cause): void {
    if (this.#lanes.length >= maxLanes) {
      const ended = this.#lanes.findIndex(({ until }) => until !== undefined);
      if (ended < 0) return;
      this.#lanes.splice(ended, 1);
    }
    this.#lanes.push({ tag, kind, from, until: undefined });
  }

  #open(kind: keyof Labels, tag: string): OpenableLane | undefined {
    const last = this.#last(kind, tag);
    return last?.until === undefined ? last : undefined;
  }

  #last(kind: keyof Labels, tag: string): OpenableLane | undefined {
    return this.#lanes.findLast((lane) => lane.kind === kind && lane.tag === tag);
  }
}

function elsewhere(timeMs: number): Cause {
  return { kind: 'elsewhere', timeMs };
}
