import type { GatewayConfig } from '../config/gateway-config.ts';
import type { JsonObject } from '../policy/json-value.ts';
import { type ReadDecision, readDecision, readLabels } from './read-decision.ts';
import { type Replayed, replay } from './replay.ts';
import { ReplayedAgents } from './replayed-agents.ts';

/** What the report says of one decision. */
export type Change = 'same' | 'denied' | 'withheld' | 'more' | 'unseen' | 'unknown';

/** A decision that would be another. */
export interface ChangedDecision {
  readonly change: Exclude<Change, 'same'>;
  /** What was, and what would be. */
  readonly sentence: string;
}

/** The rules of a configuration, as far as a trail can be replayed under them. */
export type ReportRules = Pick<GatewayConfig, 'guardsMode' | 'servers'>;

/** Replays a trail, line by line in its order, under another configuration. */
export class TrailReport {
  readonly #rules: ReportRules;
  readonly #agents = new ReplayedAgents();
  readonly #counts = new Map<Change, number>();
  #isRedacted = false;

  constructor(rules: ReportRules) {
    this.#rules = rules;
  }

  /** How many decisions would be what. */
  count(change: Change): number {
    return this.#counts.get(change) ?? 0;
  }

  get decisions(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The next line; what it says where the decision in it would be another. */
  follow(line: JsonObject): ChangedDecision | undefined {
    if (line.kind === 'trail-begun') this.#isRedacted = line.redacted === true;
    if (line.kind === 'session-begun' || line.kind === 'session-ended') this.#agents.forget(line);
    if (line.kind === 'declassified' || line.kind === 'endorsed') this.#followPrivilege(line);
    if (line.kind !== 'decision') return undefined;
    const changed = this.#decide(line);
    const change = changed?.change ?? 'same';
    this.#counts.set(change, this.count(change) + 1);
    return changed;
  }

  #followPrivilege(line: JsonObject): void {
    const [before, after] = [readLabels(line.before), readLabels(line.after)];
    if (before && after) this.#agents.change(line, { before, after });
  }

  #decide(line: JsonObject): ChangedDecision | undefined {
    const decision = readDecision(line);
    if (decision === undefined) return unknown('the line has no labels');
    const server = this.#rules.servers.find(({ name }) => name === decision.server);
    if (server === undefined) return this.#unknown(line, decision, 'no such server is configured');
    const agent = this.#agents.before(line, decision);
    const { audience } = server;
    if (this.#isRedacted && !audience.includes('*') && agent.secrecy.size > 0)
      return this.#unknown(line, decision, 'its tags are redacted, and an audience names tags');
    const replayed = replay(decision, agent, { operatorMode: this.#rules.guardsMode, audience });
    this.#agents.note(line, decision, replayed?.after ?? decision.after);
    return changeOf(decision, replayed);
  }

  #unknown(line: JsonObject, decision: ReadDecision, sentence: string): ChangedDecision {
    this.#agents.note(line, decision, decision.after);
    return unknown(sentence);
  }
}

function changeOf(decision: ReadDecision, replayed: Replayed | undefined): ChangedDecision | undefined {
  const was = wordsOf(decision);
  const wasDenied = decision.outcome === 'denied';
  if (replayed === undefined)
    // It ended before it was judged, and would again, for all that is known.
    return decision.access === undefined
      ? undefined
      : unknown(`${was}, and its response has too many labels`);
  switch (replayed.kind) {
    case 'denied':
      if (wasDenied) return undefined;
      return { change: 'denied', sentence: `${was}, and would be denied ${replayed.reason}` };
    case 'unseen':
      return wasDenied ? { change: 'unseen', sentence: `${was}, and the server would be asked` } : undefined;
    case 'result': {
      const before = decision.response?.withheld ?? 0;
      if (wasDenied) return { change: 'more', sentence: `${was}, and would be answered` };
      if (replayed.withheld === before) return undefined;
      const change = replayed.withheld > before ? 'withheld' : 'more';
      return { change, sentence: `${was}, and ${replayed.withheld} items would be withheld` };
    }
  }
}

function wordsOf({ outcome, reason, response }: ReadDecision): string {
  if (outcome !== 'result') return `was ${outcome}${reason === undefined ? '' : ` ${reason}`}`;
  return response === undefined || response.withheld === 0
    ? 'was answered'
    : `was answered with ${response.withheld} items withheld`;
}

function unknown(sentence: string): ChangedDecision {
  return { change: 'unknown', sentence };
}
