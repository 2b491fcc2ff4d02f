import type { AuditEvent } from '../audit/audit-event.ts';
import type { Labels } from '../monitor/labels.ts';
import { changeOf } from './label-change.ts';
import { LabelLanes, type Lane } from './label-lanes.ts';
import type { Mark } from './mark.ts';
import { maxSessionMarks } from './status-limits.ts';

/** What an agent session has done so far. */
export interface SessionCounts {
  readonly decisions: number;
  readonly denied: number;
  readonly failed: number;
  /** Items, not responses. */
  readonly withheld: number;
  readonly privileges: number;
}

/** The events of one agent session that are kept. */
export class SessionHistory {
  readonly agent: { readonly labels: Labels };
  readonly startedMs = Date.now();
  readonly #lanes: LabelLanes;
  readonly #marks: Mark[] = [];
  #counts: SessionCounts = { decisions: 0, denied: 0, failed: 0, withheld: 0, privileges: 0 };
  #forgotten = 0;

  constructor(agent: { readonly labels: Labels }) {
    this.agent = agent;
    this.#lanes = new LabelLanes(agent, this.startedMs);
  }

  /** In the order in which they came. */
  get marks(): readonly Mark[] {
    return this.#marks;
  }

  /** How many events came before those that are kept. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get counts(): SessionCounts {
    return this.#counts;
  }

  lanes(nowMs: number): readonly Lane[] {
    return this.#lanes.list(nowMs);
  }

  /** Keeps an event; the one that had to make room for it, if one had. */
  add(mark: Mark, event: AuditEvent): Mark | undefined {
    this.#marks.push(mark);
    this.#counts = counted(this.#counts, mark);
    if ('before' in event) {
      const { number, timeMs, server, tool, rule } = mark;
      const about = { timeMs, mark: number, server, tool, ...(rule !== undefined && { rule }) };
      const { before, after } = event;
      this.#lanes.follow({ before, change: changeOf(before, after), cause: { kind: 'mark', ...about } });
    }
    return this.#marks.length > maxSessionMarks ? this.forgetOldest() : undefined;
  }

  forgetOldest(): Mark | undefined {
    this.#forgotten++;
    return this.#marks.shift();
  }
}

function counted(counts: SessionCounts, { kind, outcome, withheld = 0 }: Mark): SessionCounts {
  if (kind === 'overruled') return counts;
  if (kind !== 'decision') return { ...counts, privileges: counts.privileges + 1 };
  return {
    decisions: counts.decisions + 1,
    denied: counts.denied + (outcome === 'denied' ? 1 : 0),
    failed: counts.failed + (outcome === 'failed' ? 1 : 0),
    withheld: counts.withheld + withheld,
    privileges: counts.privileges,
  };
}
